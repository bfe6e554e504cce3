"""score: the likelihood-ratio estimator, with an optional baseline.

    d/dtheta E[f(x)] = E[(f(x) - b) d/dtheta log q(x; theta)]

for any b that does not depend on x. Glynn 1990; Williams 1992 (REINFORCE); the surrogate whose derivative this is:
Foerster et al. 2018, "DiCE". Costs that do not depend on x are not multiplied by the score: Ranganath, Gerrish and Blei
2014, "Black box variational inference", section 3.1 (Rao-Blackwellisation).
"""

from __future__ import annotations

from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.strategies.strategy import Asked, Drawn, Element, Refusal, Strategy, ends_move


def draw(element: Element, out: Builder) -> Drawn:
    """A draw that does not follow its parameters, with the surrogate of its score."""
    x = element.stopped(out)
    return Drawn(x, surrogate=element.surrogate(x, out))


def refuse(asked: Asked) -> Refusal | None:
    """Any law with draws and a density will do, on a support that stays where it is."""
    return ends_move(asked)


STRATEGY = Strategy("score", "costs are multiplied by the score", draw, refuse, "scored", settings=("baseline",))
