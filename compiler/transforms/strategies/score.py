"""score: the likelihood-ratio estimator, with an optional baseline.

    d/dtheta E[f(x)] = E[(f(x) - b) d/dtheta log q(x; theta)]

for any b that does not depend on x: a number, an average of f over the draws of steps before (`ema(decay)`), or what a
network makes of what is known before the draw (Mnih and Gregor 2014, "Neural variational inference and learning").
Glynn 1990; Williams 1992 (REINFORCE); the surrogate whose derivative this is:
Foerster et al. 2018, "DiCE". Costs that do not depend on x are not multiplied by the score: Ranganath, Gerrish and Blei
2014, "Black box variational inference", section 3.1 (Rao-Blackwellisation).
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.strategies.strategy import Asked, Drawn, Element, Refusal, Strategy, ends_move
from pushforward.dsl.typed import Strategy as Chosen

DECAY = 0.9


def draw(element: Element, out: Builder) -> Drawn:
    """A draw that does not follow its parameters, with the surrogate of its score."""
    x = element.stopped(out)
    return Drawn(x, surrogate=element.surrogate(x, out))


def refuse(asked: Asked) -> Refusal | None:
    """Any law with draws and a density will do, on a support that stays where it is."""
    chosen = asked.chosen
    if _given(chosen) is not None and number_of(chosen) is None and decay_of(chosen) is None:
        helps = ("write `@ score(baseline=0.5)`, `@ score(baseline=ema(0.9))`, or `@ loo(4)`",)
        why = "takes a number, `ema` with a decay from 0 to 1, or an expression as its baseline"
        return Refusal(why, "this baseline is none of them", helps)
    return ends_move(asked)


def number_of(chosen: Chosen) -> ir.Lit | None:
    """A baseline that is a number."""
    given = _given(chosen)
    return ir.Lit(float(given)) if isinstance(given, int | float) else None


def decay_of(chosen: Chosen) -> float | None:
    """How much of the past an average of the costs keeps at a step, where the baseline is one."""
    match _given(chosen):
        case "ema" | Chosen("ema", ()):
            return DECAY
        case Chosen("ema", (("0" | "decay", int() | float() as decay),)) if 0 <= decay < 1:
            return float(decay)
        case _:
            return None


def _given(chosen: Chosen) -> object:
    given = dict(chosen.arguments)
    return given.get("baseline", given.get("0"))


STRATEGY = Strategy("score", "costs are multiplied by the score", draw, refuse, "scored", settings=("baseline",))
