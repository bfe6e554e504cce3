"""qmc(n): the expectation by a lattice with a random shift.

    x_j = F^-1((j / n + u) mod 1),  u uniform,  E[f(x)] is the mean of 1/n sum_j f(x_j)

Every point is uniform by itself, so the mean is unbiased, and so is the derivative, which passes F^-1 (Cranley and
Patterson 1976; Buchholz, Wenzel and Mandt 2018, "Quasi-Monte Carlo variational inference"). For smooth f of one
variable the variance falls like n^-2 or faster.
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.strategies import quadrature
from pushforward.compiler.transforms.strategies.strategy import Asked, Drawn, Element, Refusal, Strategy
from pushforward.dsl.types import REAL


def draw(element: Element, out: Builder) -> Drawn:
    """The points of the shifted lattice."""
    n, span = quadrature.size(element.chosen), element.span
    sample = ir.Sample("numpyro.Uniform", (("low", ir.Lit(0.0)), ("high", ir.Lit(1.0))), span=span)
    shift = out.let(REAL, sample, name=out.fresh("shift"), span=span)

    def at(j: int) -> ir.Atom:
        moved = out.let(REAL, ir.Call(ops.ADD, (shift, ir.Lit(j / n)), span=span), span=span)
        u = out.let(REAL, ir.Call(ops.OPERATORS["modulo"], (moved, ir.Lit(1.0)), span=span), span=span)
        return quadrature.quantile(element, u, out)

    return quadrature.points(element, tuple(at(j) for j in range(n)), (1.0 / n,) * n, out)


def refuse(asked: Asked) -> Refusal | None:
    """A scalar continuous law with a known quantile function."""
    law = asked.law
    if isinstance(law, ir.Law) and law.signature.member("icdf") is None:
        return Refusal("needs a scalar law with a known quantile function", f"{law.signature.name} has none")
    return quadrature.refuse(asked)


STRATEGY = Strategy(
    "qmc", "taken at the points of a shifted lattice", draw, refuse, "points", settings=("n",), follows=True
)
