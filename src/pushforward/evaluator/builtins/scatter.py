"""`scatter({data = d.x, flow = xs.x}, "flow.png")`: points of the plane, a panel for each cloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import Unplottable
from pushforward.evaluator.binding import plain, text
from pushforward.evaluator.faults import writing
from pushforward.evaluator.registry import Argument, Builtin
from pushforward.evaluator.values import Record, Value

if TYPE_CHECKING:
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session
    from pushforward.evaluator.values import Array


def run(session: Session, given: Mapping[str, Argument], span: Span) -> None:
    """Write the picture. Raises `ProgramError`: PF707, PF729."""
    from pushforward.runtime.draws import plot
    from pushforward.runtime.draws.plane import plane

    points, last = given["points"], given["path"]
    path = text(last, "`scatter`", "the name of a file, as its last argument")
    clouds = points.value.fields if isinstance(points.value, Record) else {"": points.value}
    found = {name: _cloud(value, points.span) for name, value in clouds.items()}
    try:
        plot.format_of(path)
    except ValueError as reason:
        raise ProgramError(Unplottable.diagnostic(last.span, str(reason))) from reason
    with writing(path, last.span):
        plane(found, path)
    session.host.note(f"wrote {path}")


def _cloud(value: Value, span: Span) -> Array:
    import numpy as np

    found = np.asarray(plain(Argument(value, span), "what is plotted"), dtype=float)
    if found.ndim != 2 or found.shape[1] != 2 or not len(found):
        help_ = "write `scatter(xs.x, path)`, or `scatter({data = d.x, flow = xs.x}, path)`: tables of two columns"
        shape = " x ".join(map(str, found.shape)) or "a number"
        label = f"points of the plane are plotted; this is {shape}"
        raise ProgramError(Unplottable.diagnostic(span, label, helps=(help_,)))
    return found


BUILTIN = Builtin(
    "scatter", "points of the plane, a panel for each cloud, written to a file", ("points", "path"), 2, run,
    effect=True,
)  # fmt: skip
