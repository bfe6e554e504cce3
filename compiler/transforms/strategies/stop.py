"""stop: no derivative passes the choice.

That is right where the law does not depend on any parameter: the derivative of its expectation passes nothing. Where it
does, the derivative is biased, and the word `unsafe` must say that this is known.
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.strategies.strategy import Drawn, Element, Refusal, Strategy
from pushforward.dsl.typed import Strategy as Chosen


def draw(element: Element, out: Builder) -> Drawn:
    """A draw that does not follow its parameters."""
    return Drawn(element.stopped(out))


def refuse(law: ir.AnyLaw, chosen: Chosen) -> Refusal | None:
    """Any law with draws will do."""
    return None


STRATEGY = Strategy("stop", "no derivative passes", draw, refuse, "constant")
