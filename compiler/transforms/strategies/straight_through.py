"""straight_through: a discrete draw whose derivative is taken to be that of its mean.

    z = stop(draw) + p - stop(p)

Bengio, Leonard and Courville 2013, "Estimating or propagating gradients through stochastic neurons". The value is
that of the
draw, so that everything that reads it is right; the derivative is biased wherever what follows is not linear in z.
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.expressions import lower_body
from pushforward.compiler.transforms.density import arguments_at
from pushforward.compiler.transforms.strategies.strategy import Asked, Drawn, Element, Refusal, Strategy, stop
from pushforward.dsl.types import REAL

BINARY = frozenset(("bernoulli", "bernoulli_logit"))


def draw(element: Element, out: Builder) -> Drawn:
    """The draw, plus the mean less its value."""
    span = element.span
    x, p = element.stopped(out), mean(element, out)
    moved = out.let(REAL, ir.Call(ops.SUBTRACT, (p, stop(p, REAL, out, span)), span=span), span=span)
    return Drawn(out.let(REAL, ir.Call(ops.ADD, (x, moved), span=span), span=span))


def mean(element: Element, out: Builder) -> ir.Atom:
    """Write the probability of a one."""
    assert isinstance(element.law, ir.Law)
    member = element.law.signature.member("mean")
    assert member is not None
    with out.at(element.span):
        return lower_body(member.body, arguments_at(element.law, element.index, out, element.span), out)


def refuse(asked: Asked) -> Refusal | None:
    """Zeros and ones only: larger counts have no probability to pass the derivative to, and categories are no
    numbers.
    """
    if isinstance(asked.law, ir.Law) and asked.name in BINARY and asked.cut is None:
        return None
    return Refusal("takes draws that are 0 or 1", f"{asked.name} is not bernoulli", ("write `@ score`, or `@ enum`",))


STRATEGY = Strategy(
    "straight_through", "its derivative is that of the mean, whatever follows", draw, refuse, "pathwise", biased=True,
    relaxes="slope",
)  # fmt: skip
