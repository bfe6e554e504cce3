"""enum: the exact expectation over a finite support.

    E[f(x)] = sum_v q(v; theta) f(v)

What follows from x is computed once for every value, along an axis of its own.
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
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
    weight = _probability(log_q, element, out)
    return Drawn(value, weight=weight, count=count)


def _probability(log_q: ir.Atom, element: Element, out: Builder) -> ir.Atom:
    """exp(log q); where that is the logarithm of something, the thing itself, whose slope is finite where it is 0."""
    match out.statements[-1:]:
        case [ir.Let(name, _, ir.Call(op, (q,)))] if op == ops.LOG and log_q == ir.Var(name):
            return q
        case _:
            return out.let(REAL, ir.Call(EXP, (log_q,), span=element.span), span=element.span)


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
