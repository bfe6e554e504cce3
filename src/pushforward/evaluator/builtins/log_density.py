"""`log_density(fit.process, xs.x)`: the log density of a process without noise at time 1, at the rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import NotOfThatKind
from pushforward.evaluator.binding import plain
from pushforward.evaluator.registry import Argument, Builtin
from pushforward.evaluator.values import Value, kind_of

if TYPE_CHECKING:
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session


def run(session: Session, given: Mapping[str, Argument], span: Span) -> Value:
    """A vector, one number for each row. Raises `ProgramError` (PF721)."""
    import numpy as np

    from pushforward.api.flow import state_of
    from pushforward.api.flow_density import FlowDensity
    from pushforward.api.programs import is_process, parameter_names, without_times
    from pushforward.evaluator.objectives import program_of

    first, points = given["process"], given["points"]
    program = program_of(first)
    program = None if program is None else without_times(program)

    def wrong(at: Argument, wanted: str, found: str) -> ProgramError:
        return ProgramError(
            NotOfThatKind.diagnostic(at.span, f"this is {found}", who="`log_density`", wanted=wanted, found=found)
        )

    if not is_process(program) or parameter_names(program):
        raise wrong(first, "a fitted process, or one without parameters", kind_of(first.value))
    if state_of(program).noises:
        raise wrong(first, "a process without noise", "one with noise, whose density at time 1 is not known")
    array = np.asarray(plain(points, "the points"), dtype=float)
    if array.ndim not in (1, 2):
        raise wrong(points, "a table, a point in each row", kind_of(points.value))
    session.prepare()
    found: Value = np.asarray(FlowDensity(program)(array))
    return found


BUILTIN = Builtin(
    "log_density", "the log density of a process without noise at time 1, at points", ("process", "points"), 2, run
)
