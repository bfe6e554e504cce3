"""stop: no derivative passes the choice.

That is right where the law does not depend on any parameter: the derivative of its expectation passes nothing. Where it
does, the derivative is biased, and the word `unsafe` must say that this is known.
"""

from __future__ import annotations

from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.strategies.strategy import Asked, Drawn, Element, Refusal, Strategy


def draw(element: Element, out: Builder) -> Drawn:
    """A draw that does not follow its parameters."""
    return Drawn(element.stopped(out))


def refuse(asked: Asked) -> Refusal | None:
    """Any law with draws will do."""
    return None


STRATEGY = Strategy("stop", "no derivative passes", draw, refuse, "constant")
