"""Why sampling cannot begin, with places in the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pushforward.dsl.diagnostic import Diagnostic, Label

if TYPE_CHECKING:
    from pushforward.api.model import Bound


def nothing_to_sample(bound: Bound) -> Diagnostic:
    span = bound.model.program.span
    return Diagnostic(
        "PF703",
        "error",
        "there is nothing to sample: the data give every variable",
        Label(span, "all of its variables are observed"),
        helps=("leave the unknown variables out of the data",),
    )


def no_starting_point(bound: Bound, q: Any) -> tuple[Diagnostic, ...]:
    """Why no starting point was found: the density at the last point tried, factor by factor, each at its
    line.
    """
    values = {n: np.asarray(v) for n, v in bound.constrain(q).items()}
    parts = {k: float(np.asarray(v)) for k, v in bound.factors(values).items()}
    program = bound.model.program
    bad = [k for k, v in parts.items() if not np.isfinite(v)] or sorted(parts, key=lambda k: parts[k])[:1]
    spans = {f"{s.address}@{s.span.line}": s.span for s in _sites(program.body)}
    span = spans.get(bad[0], program.span) if bad else program.span
    where = ", ".join(f"{k.replace('@', ' (line ')})  {v:g}" for k, v in parts.items())
    at = ", ".join(f"{n} = {_short(v)}" for n, v in values.items())
    return (
        Diagnostic(
            "PF704",
            "error",
            "no starting point was found",
            Label(span, "not finite here" if bad and not np.isfinite(parts[bad[0]]) else "lowest here"),
            notes=(
                f"the log density by factors: {where}",
                f"at {at}",
                "100 points were tried, uniform on (-2, 2) in the unconstrained space",
            ),
            helps=("give starting values, narrow the priors, or declare the bounds under which the density is finite",),
        ),
    )


def _short(value: Any) -> str:
    flat = np.ravel(value)
    shown = ", ".join(f"{x:.4g}" for x in flat[:4])
    return shown if np.ndim(value) == 0 else f"[{shown}{', ...' if flat.size > 4 else ''}]"


def _sites(body: Any) -> Any:
    from pushforward.dsl import typed

    for stmt in body:
        match stmt:
            case typed.Site():
                yield stmt
            case typed.For():
                yield from _sites(stmt.body)
            case typed.If():
                yield from _sites((*stmt.then, *stmt.orelse))
            case _:
                pass
