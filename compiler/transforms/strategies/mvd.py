"""mvd: measure-valued derivatives, the derivative of a law as a difference of two laws.

    d/dtheta E[f(x)] = E[c (f(x_plus) - f(x_minus))]

Pflug 1989; Heidergott, Vazquez-Abad and Volk-Makarewicz 2008; Rosca, Figurnov, Mohamed and Mnih 2019, "Measure-valued
derivatives for approximate Bayesian inference". Written as points: the draw with weight 1, and for each parameter that
moves the two ends with weights c (theta - stop theta) and its negative, which are 0 and whose derivative is c times the
tangent of theta. f may jump; a draw costs 1 + 2 n evaluations of what follows for n parameters that move.
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.density import arguments_at
from pushforward.compiler.transforms.strategies.strategy import Asked, Drawn, Element, Refusal, Strategy, stop
from pushforward.compiler.transforms.weak import weak_derivative
from pushforward.dsl.types import REAL, Dim


def draw(element: Element, out: Builder) -> Drawn:
    """The draw, and two points for each parameter of the law that may carry a derivative."""
    law, span = element.law, element.span
    assert isinstance(law, ir.Law)
    values: list[ir.Atom] = [element.stopped(out)]
    weights: list[ir.Atom] = [ir.Lit(1.0)]
    scope = arguments_at(law, element.index, out, span)
    for name in _moving(Asked(law, element.chosen, element.moving)):
        constant, plus, minus = weak_derivative(law, name, element.index, element.value, out, span)
        theta = scope.values[name]
        tangent = ir.Call(ops.SUBTRACT, (theta, stop(theta, REAL, out, span)), span=span)
        factor = stop(constant, REAL, out, span)
        product = ir.Call(ops.MULTIPLY, (factor, out.let(REAL, tangent, span=span)), span=span)
        weight = out.let(REAL, product, span=span)
        weights += [weight, out.let(REAL, ir.Call(ops.NEGATE, (weight,), span=span), span=span)]
        values += [stop(end, element.event, out, span) for end in (plus, minus)]
    count = Dim.const(len(values))
    points = ir.Points(element.axis, count, tuple(values), place=element.place, span=span)
    share = ir.Points(element.axis, count, tuple(weights), place=element.place, span=span)
    value = out.let(element.event, points, span=span)
    return Drawn(value, weight=out.let(REAL, share, span=span), count=count)


def _moving(asked: Asked) -> tuple[str, ...]:
    assert isinstance(asked.law, ir.Law)
    return tuple(p.name for p in asked.law.signature.parameters if asked.moves(p.name))


def refuse(asked: Asked) -> Refusal | None:
    """Every parameter that moves needs a weak derivative, and the law must be whole."""
    known = ("write `@ score`",)
    if not isinstance(asked.law, ir.Law):
        return Refusal("needs a law whose weak derivative is known", "this is a mixture", known)
    if asked.cut is not None:
        return Refusal("needs a whole law", f"the declared type cuts {asked.name}", known)
    missing = [n for n in _moving(asked) if asked.law.signature.weak_in(n) is None]
    if missing:
        label = f"none is known for `{missing[0]}` of {asked.name}"
        return Refusal("needs a law whose weak derivative is known", label, known)
    return None


STRATEGY = Strategy("mvd", "the derivative of the law as a difference of two", draw, refuse, "points")
