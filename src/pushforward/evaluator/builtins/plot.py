"""`plot(post, "forest.png")`: a picture of draws, of values, or of one vector over another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import Unplottable
from pushforward.evaluator.binding import plain, text
from pushforward.evaluator.faults import writing
from pushforward.evaluator.objectives import FitValue
from pushforward.evaluator.registry import Argument, Builtin
from pushforward.evaluator.values import Drawn, DrawsValue, PosteriorValue

if TYPE_CHECKING:
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session
    from pushforward.evaluator.values import Array
    from pushforward.runtime.draws import Draws


def run(session: Session, given: Mapping[str, Argument], span: Span) -> None:
    """A forest plot of draws, a histogram of the draws of one variable or of a vector, or `plot(x, y, path)`. Raises
    `ProgramError`: PF707, PF729.
    """
    first, *middle, last = given.values()
    path = text(last, "`plot`", "the name of a file, as its last argument")
    from pushforward.runtime.draws import plot
    from pushforward.runtime.draws.curves import curve, histogram

    try:
        plot.format_of(path)
    except ValueError as reason:
        raise _unplottable(last, str(reason)) from reason
    with writing(path, last.span):
        match first.value:
            case PosteriorValue() | DrawsValue() as value:
                draws = value.posterior.draws if isinstance(value, PosteriorValue) else value.draws
                plot.forest(draws, path, variables=_variables(draws, middle), title=draws.attrs.get("program"))
            case FitValue(fit=fit):
                from pushforward.runtime.optimise.plot import plot_fit

                plot_fit(fit.result, path, title=fit.objective.objective.name)
            case Drawn() as drawn if not middle and drawn.array.ndim == 1:
                histogram(drawn.array, path, title=drawn.name)
            case Drawn() as drawn if not middle:
                from pushforward.runtime.draws import Draws

                plot.forest(Draws(posterior={drawn.name: drawn.by_chain()}), path)
            case _ if middle:
                xs, ys = (_vector(a) for a in (first, middle[0]))
                if xs.shape != ys.shape:
                    raise _unplottable(middle[0], f"{len(ys)} values over {len(xs)}")
                curve(xs, ys, path)
            case _:
                histogram(_vector(first), path)
    session.host.note(f"wrote {path}")


def _variables(draws: Draws, middle: list[Argument]) -> tuple[str, ...] | None:
    """The names of variables that were asked for: `plot(post, ["mu", "tau"], "p.png")`."""
    if not middle:
        return None
    chosen = middle[0].value
    names = (chosen,) if isinstance(chosen, str) else chosen if isinstance(chosen, tuple) else ()
    unknown = [n for n in names if n not in draws.sampled]
    if not names or unknown:
        why = f"there are no draws of {unknown[0]}" if unknown else "names of variables stand here"
        raise _unplottable(middle[0], why, f"there are {', '.join(draws.sampled)}")
    return names


def _vector(given: Argument) -> Array:
    import numpy as np

    array = np.asarray(plain(given, "what is plotted"), dtype=float)
    if array.ndim != 1 or not array.size:
        raise _unplottable(given, "a vector of values is plotted")
    return array


def _unplottable(given: Argument, why: str, *notes: str) -> ProgramError:
    return ProgramError(Unplottable.diagnostic(given.span, why, notes=notes))


BUILTIN = Builtin(
    "plot", "a picture, written to the file named last: of draws, of a vector, of y over x", ("value", "path", "to"), 2,
    run, effect=True,
)  # fmt: skip
