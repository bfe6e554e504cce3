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
    from pushforward.evaluator.values import DrawsValue, PosteriorValue, kind_of

    match running.operand.value:
        case PosteriorValue(bound=bound, posterior=posterior) if bound.observations:
            drawn = bound.predict(posterior, seed=running.seed, draws=running.settings["draws"])
            return DrawsValue(drawn, "predictions")
        case PosteriorValue():
            found, helps = "one without observations", ("condition the model: `m(x) | {y = y_obs}`",)
        case other:
            found, helps = kind_of(other), ("to draw from the prior write `simulate m(x) by mc(1000)`",)
    raise ProgramError(
        NotOfThatKind.diagnostic(
            running.operand.span, f"this is {found}", helps=helps, who="`predict`", wanted="a posterior", found=found
        )
    )


VERB = Verb("predict", "draw new values of what was observed", lambda: (MC,), run)
