"""`solve p(x)`: the solution of a problem, as a record; what did not converge is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.evaluator.conditions import bound_of
from pushforward.evaluator.registry import Algorithm, Running, Verb

if TYPE_CHECKING:
    from pushforward.evaluator.values import Value

#: The solver is the problem's own: it stands in its `minimize`.
OWN = Algorithm("own", "the solver that the problem names", ())


def run(running: Running) -> Value:
    """A record of the parameters, of what follows from them, and of the objective."""
    import numpy as np

    from pushforward.evaluator.values import Record

    solved = bound_of(running.operand, "`solve`").solve()
    for sentence in solved.warnings:
        running.session.host.warning(sentence)
    values = {name: np.asarray(value) for name, value in solved.values.items()}
    return Record({n: v if v.ndim else v.item() for n, v in values.items()}, "a solution")


def foresee(running: Running) -> Value:
    """A record, not known."""
    from pushforward.evaluator.foreseen import nothing_known

    bound_of(running.operand, "`solve`")
    return nothing_known(f"what `solve` finds (line {running.span.line})")


VERB = Verb("solve", "solve a problem", lambda: (OWN,), run, foresee)
