"""Strategies with an error in them, one at least for each strategy: what the tests of estimators must reject.

Three are errors of published implementations: a measure-valued derivative multiplied by the parameter in place of its tangent, an
enumeration weighted by the softmax of the probabilities, and an enumeration that is silently a single draw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.strategies import (
    Strategy,
    enum,
    forward,
    loo,
    mvd,
    qmc,
    quadrature,
    score,
    strategies,
)
from pushforward.compiler.transforms.strategies.strategy import Drawn, Element
from pushforward.dsl.types import REAL, Dim

Draw = Callable[[Element, Builder], Drawn]


def _stopped(element: Element, out: Builder) -> Drawn:
    """A draw with no derivative at all."""
    return Drawn(element.stopped(out))


def _twice_the_tangent(element: Element, out: Builder) -> Drawn:
    """Directions whose squares are 2 in the mean."""
    x, event, span = forward.draw(element, out).value, element.event, element.span
    fixed = out.let(event, ir.Call(_STOP, (x,), span=span), span=span)
    moved = out.let(event, ir.Call(ops.SUBTRACT, (x, fixed), span=span), span=span)
    return Drawn(out.let(event, ir.Call(ops.ADD, (x, moved), span=span), span=span))


_STOP = ir.Op("stop", "lax.stop_gradient", elementwise=True)


def _no_score(element: Element, out: Builder) -> Drawn:
    """A draw that is not followed and not scored."""
    drawn = score.draw(element, out)
    assert drawn.surrogate is not None
    nothing = ir.Call(_STOP, (drawn.surrogate,), span=element.span)
    return replace(drawn, surrogate=out.let(REAL, nothing, span=element.span))


def _double_score(element: Element, out: Builder) -> Drawn:
    """The score counted twice, as where a cost is both multiplied and differentiated."""
    drawn = score.draw(element, out)
    assert drawn.surrogate is not None
    twice = ir.Call(ops.ADD, (drawn.surrogate, drawn.surrogate), span=element.span)
    return replace(drawn, surrogate=out.let(REAL, twice, span=element.span))


def _reweighted(draw: Draw, change: Callable[[ir.Atom, Element, Builder], ir.Atom]) -> Draw:
    def wrong(element: Element, out: Builder) -> Drawn:
        drawn = draw(element, out)
        assert drawn.weight is not None
        return replace(drawn, weight=change(drawn.weight, element, out))

    return wrong


def _of_probabilities(weight: ir.Atom, element: Element, out: Builder) -> ir.Atom:
    """exp(p) in place of p, as a softmax of probabilities would do."""
    return out.let(REAL, ir.Call(ir.Op("exp", "jnp.exp", elementwise=True), (weight,), span=element.span), span=element.span)


def _squared(weight: ir.Atom, element: Element, out: Builder) -> ir.Atom:
    return out.let(REAL, ir.Call(ops.MULTIPLY, (weight, weight), span=element.span), span=element.span)


def _sampled(element: Element, out: Builder) -> Drawn:
    """One draw, with weight 1, in the place of all values."""
    x = element.stopped(out)
    points = ir.Points(element.axis, Dim.const(1), (x,), place=element.place, span=element.span)
    one = ir.Points(element.axis, Dim.const(1), (ir.Lit(1.0),), place=element.place, span=element.span)
    value = out.let(element.event, points, span=element.span)
    return Drawn(value, weight=out.let(REAL, one, span=element.span), count=Dim.const(1))


def _values_for_tangents(element: Element, out: Builder) -> Drawn:
    """c theta in place of c (theta - stop theta): what is taken off is zero."""
    with out.block() as made:
        drawn = mvd.draw(element, out)
    for stmt in made:
        match stmt:
            case ir.Let(expr=ir.Call(op, (ir.Var(theta), ir.Var(fixed))) as call) if _stops(made, fixed, theta):
                assert op == ops.SUBTRACT
                stmt = replace(stmt, expr=replace(call, arguments=(ir.Var(theta), ir.Lit(0.0))))
            case _:
                pass
        out.add(stmt)
    return drawn


def _stops(made: list[ir.Stmt], fixed: str, theta: str) -> bool:
    return any(isinstance(s, ir.Let) and s.name == fixed and s.expr == ir.Call(_STOP, (ir.Var(theta),)) for s in made)


WRONG: Mapping[str, Mapping[str, Draw]] = {
    "enum": {"softmax_of_probs": _reweighted(enum.draw, _of_probabilities), "sampled": _sampled},
    "forward": {"twice_the_tangent": _twice_the_tangent},
    "loo": {"squared_weights": _reweighted(loo.draw, _squared)},
    "mvd": {"values_for_tangents": _values_for_tangents},
    "qmc": {"squared_weights": _reweighted(qmc.draw, _squared)},
    "quadrature": {"squared_weights": _reweighted(quadrature.draw, _squared)},
    "reparam": {"stopped": _stopped},
    "score": {"no_score": _no_score, "double_score": _double_score},
}


def with_wrong(name: str, error: str) -> Mapping[str, Strategy]:
    """The strategies, one of them wrong."""
    found = dict(strategies())
    return {**found, name: replace(found[name], draw=WRONG[name][error])}

