"""enum: the exact expectation over a finite support.

    E[f(x)] = sum_v q(v; theta) f(v)

What follows from x is computed once for every value, along an axis of its own.
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.strategies.strategy import EXP, Asked, Drawn, Element, Refusal, Strategy
from pushforward.compiler.transforms.strategies.support import finite_support
from pushforward.dsl.types import INT, REAL


def draw(element: Element, out: Builder) -> Drawn:
    """Every value of the support, weighted by its probability."""
    support = finite_support(element.law)
    assert support is not None
    lower, count = support
    points = ir.Points(element.axis, count, (), lower, element.place, span=element.span)
    value = out.let(INT, points, span=element.span)
    log_q = element.log_prob(value, out)
    weight = out.let(REAL, ir.Call(EXP, (log_q,), span=element.span), span=element.span)
    return Drawn(value, weight=weight, count=count)


def refuse(asked: Asked) -> Refusal | None:
    """The support must be finite and known before compilation."""
    if finite_support(asked.law) is not None:
        return None
    return Refusal(
        "needs a finite support that is known before compilation",
        f"the values of {asked.name} are not such a list",
        ("write `@ score`",),
    )


STRATEGY = Strategy("enum", "summed over its support", draw, refuse, "points")
