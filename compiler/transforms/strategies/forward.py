"""forward(k): forward gradients, the derivative along k random directions.

    g = 1/k sum_i <grad f(x), v_i> v_i,   v_i standard normal

Baydin, Pearlmutter, Syme, Wood and Torr 2022, "Gradients without backpropagation". The derivative that passes x is
projected on the directions, so that for a linear function of dimension d, E|g - grad|^2 / |grad|^2 = (d + 1) / k. The
directions are drawn for one event of the law at a time.
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.strategies import reparam
from pushforward.compiler.transforms.strategies.strategy import Asked, Drawn, Element, Refusal, Strategy, stop
from pushforward.dsl.typed import Strategy as Chosen
from pushforward.dsl.types import REAL, Array

MOST = 64


def draw(element: Element, out: Builder) -> Drawn:
    """The pathwise draw, with its derivative projected."""
    k, span, event = directions(element.chosen), element.span, element.event
    x = reparam.draw(element, out).value
    fixed = stop(x, event, out, span)
    moved = out.let(event, ir.Call(ops.SUBTRACT, (x, fixed), span=span), span=span)
    total: ir.Atom = fixed
    for _ in range(k):
        v = _direction(event, out, element)
        product = out.let(event, ir.Call(ops.MULTIPLY, (v, moved), span=span), span=span)
        along = out.let(REAL, ir.Call(ops.SUM, (product,), span=span), span=span) if event.rank else product
        scaled = out.let(REAL, ir.Call(ops.DIVIDE, (along, ir.Lit(float(k))), span=span), span=span)
        step = out.let(event, ir.Call(ops.MULTIPLY, (v, scaled), span=span), span=span)
        total = out.let(event, ir.Call(ops.ADD, (total, step), span=span), span=span)
    return Drawn(total)


def _direction(event: Array, out: Builder, element: Element) -> ir.Atom:
    sample = ir.Sample("numpyro.Normal", (("loc", ir.Lit(0.0)), ("scale", ir.Lit(1.0))), span=element.span)
    if not event.rank:
        return out.let(REAL, sample, name=out.fresh("direction"), span=element.span)
    target = out.fresh("direction")
    out.add(ir.Container(target, event, span=element.span))
    with out.loops(event.dims, element.span) as index:
        value = out.let(REAL, sample, name=out.fresh("direction"), span=element.span)
        out.add(ir.Store(target, tuple(ir.At(i) for i in index), value, span=element.span))
    return ir.Var(target)


def directions(chosen: Chosen) -> int:
    """k, one if it is not given."""
    given = dict(chosen.arguments)
    k = given.get("k", given.get("0", 1))
    return k if isinstance(k, int) else 0


def refuse(asked: Asked) -> Refusal | None:
    """What cannot be reparameterised has no derivative to project."""
    if not 1 <= directions(asked.chosen) <= MOST:
        return Refusal(
            f"takes the number of directions, from 1 to {MOST}", "this is not one", ("write `@ forward(1)`",)
        )
    return reparam.refuse(asked)


STRATEGY = Strategy(
    "forward", "the derivative along random directions", draw, refuse, "pathwise", settings=("k",), follows=True
)
