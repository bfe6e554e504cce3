"""Implicit reparameterisation of mixtures: the derivative of a draw by differentiating F(x; theta) = u.

    x = x_0 - (F(x_0; theta) - stop F(x_0; theta)) / stop f(x_0; theta)

has the value of the draw x_0 and the derivative -dF/dtheta / f (Figurnov, Mohamed and Mnih 2018, equation 5). The
distribution function of a mixture is the weighted sum of those of its components, whatever was drawn.
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.density import arguments_at, component_count, family_index, weights_var
from pushforward.compiler.transforms.strategies.strategy import EXP, Element, stop
from pushforward.compiler.transforms.truncation import cdf
from pushforward.dsl.source import Span
from pushforward.dsl.types import REAL, Array, Dim


def through_the_cdf(element: Element, out: Builder) -> ir.Atom:
    """Write a draw whose derivative is the implicit one."""
    span = element.span
    x = element.stopped(out)
    below = distribution_function(element.law, element.index, x, out, span)
    moved = out.let(REAL, ir.Call(ops.SUBTRACT, (below, stop(below, REAL, out, span)), span=span), span=span)
    log_f = stop(element.log_prob(x, out), REAL, out, span)
    f = out.let(REAL, ir.Call(EXP, (log_f,), span=span), span=span)
    step = out.let(REAL, ir.Call(ops.DIVIDE, (moved, f), span=span), span=span)
    return out.let(REAL, ir.Call(ops.SUBTRACT, (x, step), span=span), span=span)


def distribution_function(law: ir.AnyLaw, index: tuple[Dim, ...], x: ir.Atom, out: Builder, span: Span) -> ir.Atom:
    """Write P(X <= x)."""
    match law:
        case ir.Law():
            with out.at(span):
                return cdf(law, arguments_at(law, index, out, span), x, out, span)
        case ir.MixtureLaw():
            return _mixture(law, index, x, out, span)


def _mixture(law: ir.MixtureLaw, index: tuple[Dim, ...], x: ir.Atom, out: Builder, span: Span) -> ir.Atom:
    weights = weights_var(law, out, span)

    def term(k: Dim, component: ir.Law, at: tuple[Dim, ...]) -> ir.Atom:
        weight = out.let(REAL, ir.Index(weights, (ir.At(k),), span=span), span=span)
        below = distribution_function(component, at, x, out, span)
        return out.let(REAL, ir.Call(ops.MULTIPLY, (weight, below), span=span), span=span)

    if law.family:
        count = component_count(law)
        terms = ir.Var(out.fresh("terms"))
        out.add(ir.Container(terms.name, Array("real", (count,)), span=span))
        with out.loops((count,), span) as (k,):
            total = term(k, law.components[0], family_index(law, index, k))
            out.add(ir.Store(terms.name, (ir.At(k),), total, span=span))
    else:
        items = tuple(term(Dim.const(n), c, index) for n, c in enumerate(law.components))
        terms = out.let(Array("real", (Dim.const(len(items)),)), ir.Stack(items, span=span), span=span)
    return out.let(REAL, ir.Call(ops.SUM, (terms,), span=span), span=span)
