"""`predict post`: new values of what was observed, for each draw of a posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import NotOfThatKind
from pushforward.evaluator.registry import Algorithm, Running, Setting, Verb
from pushforward.evaluator.settings import SEED, whole

if TYPE_CHECKING:
    from pushforward.evaluator.values import Value

MC = Algorithm("mc", "a draw for each draw of the posterior, or for as many as are asked for, evenly spaced",
               (Setting("draws", whole(1)), SEED))  # fmt: skip


def run(running: Running) -> Value:
    """Posterior predictive draws."""
    from pushforward.evaluator.values import DrawsValue, PosteriorValue

    match running.operand.value:
        case PosteriorValue(bound=bound, posterior=posterior) if bound.observations:
            drawn = bound.predict(posterior, seed=running.seed, draws=running.settings["draws"])
            return DrawsValue(drawn, "predictions")
        case other:
            raise _refused(running, other)


def foresee(running: Running) -> Value:
    """Predictions, not known."""
    from pushforward.api.model import Bound
    from pushforward.evaluator.foreseen import Foreseen, judged, nothing_known

    match judged(running.operand.value):
        case Foreseen(what="a posterior", program=Bound() as bound) if bound.observations:
            return nothing_known(f"what `predict` draws (line {running.span.line})")
        case other:
            raise _refused(running, other)


def _refused(running: Running, value: Value) -> ProgramError:
    from pushforward.evaluator.foreseen import Foreseen
    from pushforward.evaluator.values import PosteriorValue, kind_of

    match value:
        case PosteriorValue() | Foreseen(what="a posterior"):
            found, helps = "one without observations", ("condition the model: `m(x) | {y = y_obs}`",)
        case other:
            found, helps = kind_of(other), ("to draw from the prior write `simulate m(x) by mc(1000)`",)
    return ProgramError(
        NotOfThatKind.diagnostic(
            running.operand.span, f"this is {found}", helps=helps, who="`predict`", wanted="a posterior", found=found
        )
    )


VERB = Verb("predict", "draw new values of what was observed", lambda: (MC,), run, foresee)
