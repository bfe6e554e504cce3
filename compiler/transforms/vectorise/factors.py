"""Factors: sums over the axes, term by term.

A log density is a sum of terms, and not all of them follow every loop: log(sigma) counts N times but is
computed once, and what follows from the data alone (lgamma(y + 1)) is summed apart, so that it can be
hoisted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.transforms.vectorise.arrays import Writer, elementwise
from pushforward.compiler.transforms.vectorise.values import Context, Value
from pushforward.dsl.source import Span
from pushforward.dsl.types import REAL, Dim

if TYPE_CHECKING:
    from pushforward.compiler.transforms.vectorise.rewrite import State


def factor(value: ir.Atom, origin: str, state: State, w: Writer, context: Context, span: Span) -> None:
    """Add the sum of `value` over all loops around it."""
    groups: dict[tuple[tuple[str, ...], int, bool], Value] = {}
    for sign, term in terms(value, 1, state, w, context):
        group = (term.axes, len(term.own), term.known)
        if group not in groups:
            groups[group] = term if sign > 0 else elementwise(ops.NEGATE, (term,), w, context, span=span)
        else:
            op = ops.ADD if sign > 0 else ops.SUBTRACT
            groups[group] = elementwise(op, (groups[group], term), w, context, span=span)
    for group_value in groups.values():
        total = _total(group_value, w, context, span)
        w.add(ir.Factor(total, origin, span=span))


def terms(value: ir.Atom, sign: int, state: State, w: Writer, context: Context) -> list[tuple[int, Value]]:
    """The terms of a sum, found by following definitions through additions, subtractions and negations."""
    from pushforward.compiler.transforms.vectorise.rewrite import read

    if isinstance(value, ir.Var) and state.uses.get(value.name, 0) <= 1:
        match state.definitions.get(value.name):
            case ir.Call(op, (a, b)) if op == ops.ADD:
                return terms(a, sign, state, w, context) + terms(b, sign, state, w, context)
            case ir.Call(op, (a, b)) if op == ops.SUBTRACT:
                return terms(a, sign, state, w, context) + terms(b, -sign, state, w, context)
            case ir.Call(op, (a,)) if op == ops.NEGATE:
                return terms(a, -sign, state, w, context)
            case _:
                pass
    return [(sign, read(value, state, w, context))]


def _total(value: Value, w: Writer, context: Context, span: Span) -> ir.Atom:
    repeats = Dim.const(1)
    for axis in context.axes:
        if axis.index not in value.axes:
            repeats = repeats * axis.length
    total = value.atom
    if value.rank:
        total = w.let(REAL, ir.Call(ops.SUM, (total,), span=span), "t", span)
    if repeats.value != 1:
        total = w.let(REAL, ir.Call(ops.MULTIPLY, (ir.Size(repeats), total), span=span), "t", span)
    return total
