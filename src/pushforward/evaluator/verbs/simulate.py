"""`simulate m(x)`: a draw of everything; `by mc(1000)`: many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.evaluator.conditions import bound_of
from pushforward.evaluator.registry import Algorithm, Running, Setting, Verb
from pushforward.evaluator.settings import SEED, whole

if TYPE_CHECKING:
    from pushforward.evaluator.values import Value

ONE = Algorithm("once", "a single draw, as a record", (SEED,))
MC = Algorithm("mc", "independent draws", (Setting("draws", whole(1), 1000), SEED))


def run(running: Running) -> Value:
    """A record of one draw, or draws. What the model was conditioned on is drawn as well."""
    from pushforward.evaluator.objectives import GuideValue, simulated
    from pushforward.evaluator.values import DrawsValue, Record

    draws = running.settings.get("draws")
    if isinstance(running.operand.value, GuideValue):
        return simulated(running.operand.value, draws, running.seed)
    bound = bound_of(running.operand, "`simulate`")
    drawn = bound.predict(None, seed=running.seed, draws=draws or 1)
    if draws is not None:
        return DrawsValue(drawn, "draws of a simulation")
    arrays = {n: a for group in ("prior", "prior_predictive") for n, a in drawn.group(group).items()}
    return Record({n: a[0, 0] if a.ndim > 2 else a[0, 0].item() for n, a in arrays.items()}, "a simulated record")


def foresee(running: Running) -> Value:
    """A record or draws, not known."""
    from pushforward.evaluator.foreseen import Foreseen, nothing_known, variables

    because = f"what `simulate` draws (line {running.span.line})"
    if isinstance(running.operand.value, Foreseen) and running.operand.value.what == "a fitted guide":
        return nothing_known(because)
    draws = running.settings.get("draws")
    what = "a simulated record" if draws is None else "draws of a simulation"
    return variables(bound_of(running.operand, "`simulate`"), what, because, () if draws is None else (draws,))


VERB = Verb("simulate", "draw everything that a model describes", lambda: (ONE, MC), run, foresee)
