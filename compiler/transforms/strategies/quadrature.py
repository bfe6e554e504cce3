"""quadrature(n): the expectation by a rule with n nodes.

    E[f(x)] is approximated by sum_j w_j f(x_j)

with Gauss-Hermite nodes for the normal law, and for any other scalar law with a quantile function by Gauss-Legendre
nodes u_j on (0, 1) and x_j = F^-1(u_j). The nodes follow the parameters, so that the derivative is that of the sum.
Nothing is random; the error is that of the rule, which is exact for polynomials of degree 2n - 1 under a normal law.
"""

from __future__ import annotations

import math

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.expressions import lower_body
from pushforward.compiler.transforms.density import arguments_at
from pushforward.compiler.transforms.strategies.nodes import hermite, legendre
from pushforward.compiler.transforms.strategies.strategy import Asked, Drawn, Element, Refusal, Strategy, is_discrete
from pushforward.dsl.typed import Strategy as Chosen
from pushforward.dsl.types import REAL, Dim

MOST = 128


def draw(element: Element, out: Builder) -> Drawn:
    """The nodes of the rule, with their weights."""
    law, n, span = element.law, size(element.chosen), element.span
    assert isinstance(law, ir.Law)
    scope = arguments_at(law, element.index, out, span)
    if law.signature.name == "normal":
        nodes, weights = hermite(n)
        mu, sigma = (scope.values[p.name] for p in law.signature.parameters)

        def at(node: float) -> ir.Atom:
            moved = out.let(REAL, ir.Call(ops.MULTIPLY, (ir.Lit(math.sqrt(2.0) * node), sigma), span=span), span=span)
            return out.let(REAL, ir.Call(ops.ADD, (mu, moved), span=span), span=span)
    else:
        nodes, weights = legendre(n)

        def at(node: float) -> ir.Atom:
            return quantile(element, ir.Lit(node), out)

    return points(element, tuple(at(x) for x in nodes), weights, out)


def quantile(element: Element, u: ir.Atom, out: Builder) -> ir.Atom:
    """Write F^-1(u)."""
    law = element.law
    assert isinstance(law, ir.Law)
    member = law.signature.member("icdf")
    assert member is not None
    scope = arguments_at(law, element.index, out, element.span)
    with out.at(element.span):
        return lower_body(member.body, scope.bind(member.parameters[0], u), out)


def points(element: Element, values: tuple[ir.Atom, ...], weights: tuple[float, ...], out: Builder) -> Drawn:
    """Write the points of a rule with fixed weights."""
    count, span = Dim.const(len(values)), element.span
    value = out.let(REAL, ir.Points(element.axis, count, values, place=element.place, span=span), span=span)
    known = tuple(ir.Lit(w) for w in weights)
    weight = out.let(REAL, ir.Points(element.axis, count, known, place=element.place, span=span), span=span)
    return Drawn(value, weight=weight, count=count)


def size(chosen: Chosen) -> int:
    """n, 16 if it is not given."""
    given = dict(chosen.arguments)
    n = given.get("n", given.get("0", 16))
    return n if isinstance(n, int) else 0


def refuse(asked: Asked) -> Refusal | None:
    """A scalar continuous law with a known quantile function, and not too many nodes."""
    if not 1 <= size(asked.chosen) <= MOST:
        return Refusal(f"takes the number of nodes, from 1 to {MOST}", "this is not one")
    if asked.cut is not None:
        return Refusal("needs a whole law", f"the declared type cuts {asked.name}", ("write `@ reparam`",))
    law = asked.law
    scalar = isinstance(law, ir.Law) and not law.signature.support.rank and not is_discrete(law)
    if scalar and isinstance(law, ir.Law) and (law.signature.name == "normal" or law.signature.member("icdf")):
        return None
    helps = ("write `@ enum`, or `by exact`",) if is_discrete(law) else ("write `@ reparam`, or `by mc(64)`",)
    return Refusal("needs a scalar law with a known quantile function", f"{asked.name} has none", helps)


STRATEGY = Strategy("quadrature", "taken at the nodes of a rule", draw, refuse, "points", settings=("n",), follows=True)
