"""Factors: sums over the axes, term by term.

A log density is a sum of terms, and not all of them follow every loop: log(sigma) counts N times but is
computed once, and what follows from the data alone (lgamma(y + 1)) is summed apart, so that it can be
hoisted.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.transforms.vectorise.arrays import Writer, elementwise
from pushforward.compiler.transforms.vectorise.state import State, read
from pushforward.compiler.transforms.vectorise.values import Context, Value
from pushforward.dsl.source import Span
from pushforward.dsl.types import REAL, Dim


def factor(stmt: ir.Factor, state: State, w: Writer, context: Context) -> None:
    """Add the sum of a factor's value over all loops around it."""
    value, span = stmt.value, stmt.span
    groups: dict[tuple[tuple[str, ...], int, bool], Value] = {}
    for sign, atom in terms(value, 1, state):
        term = read(atom, state, w, context)
        if scaled(atom, sign, term, stmt, state, w, context):
            continue
        group = (term.axes, len(term.own), term.known)
        if group not in groups:
            groups[group] = term if sign > 0 else elementwise(ops.NEGATE, (term,), w, context, span=span)
        else:
            op = ops.ADD if sign > 0 else ops.SUBTRACT
            groups[group] = elementwise(op, (groups[group], term), w, context, span=span)
    for group_value in groups.values():
        total = _total(group_value, w, context, span)
        w.add(replace(stmt, value=total))


def terms(value: ir.Atom, sign: int, state: State) -> list[tuple[int, ir.Atom]]:
    """The terms of a sum, found by following definitions through additions, subtractions and negations."""
    match definition(value, state):
        case ir.Call(op, (a, b)) if op == ops.ADD:
            return terms(a, sign, state) + terms(b, sign, state)
        case ir.Call(op, (a, b)) if op == ops.SUBTRACT:
            return terms(a, sign, state) + terms(b, -sign, state)
        case ir.Call(op, (a,)) if op == ops.NEGATE:
            return terms(a, -sign, state)
        case _:
            return [(sign, value)]


def definition(value: ir.Atom, state: State) -> ir.Expr | None:
    """How a name that is read only here is defined."""
    if isinstance(value, ir.Var) and state.uses.get(value.name, 0) <= 1:
        return state.definitions.get(value.name)
    return None


def scaled(
    atom: ir.Atom, sign: int, term: Value, stmt: ir.Factor, state: State, w: Writer, context: Context
) -> bool:
    """Write a term that is a number times an array as the number times the array's sum: of ((y - m) / s)^2 the
    sum of (y - m)^2 over s^2. Whether it is such a term.
    """
    if not term.rank:
        return False
    span = stmt.span
    outside, inside = factors_of(atom, 1, state, w, context)
    if not any(isinstance(v.atom, ir.Var) for v, _ in outside) or not inside:
        return False
    scale, rest = product(outside, w, context, span), product(inside, w, context, span)
    if rest.axes != term.axes or rest.own != term.own:
        return False
    total = Value(_total(rest, w, context, span), (), (), "real", rest.known)
    whole = elementwise(ops.MULTIPLY, (scale, total), w, context, span=span)
    if sign < 0:
        whole = elementwise(ops.NEGATE, (whole,), w, context, span=span)
    w.add(replace(stmt, value=whole.atom))
    return True


Factors = list[tuple[Value, int]]  # values with their powers


def factors_of(atom: ir.Atom, power: int, state: State, w: Writer, context: Context) -> tuple[Factors, Factors]:
    """The factors of a product, those that are numbers apart from those that are arrays."""
    match definition(atom, state):
        case ir.Call(op, (a, b)) if op in (ops.MULTIPLY, ops.DIVIDE):
            left = factors_of(a, power, state, w, context)
            right = factors_of(b, power if op == ops.MULTIPLY else -power, state, w, context)
            return left[0] + right[0], left[1] + right[1]
        case ir.Call(op, (a, exponent)) if op.target == "jnp.power" and (n := _whole(exponent)) is not None:
            return factors_of(a, power * n, state, w, context)
        case ir.Call(op, (a,)) if op.target == "jnp.square":
            return factors_of(a, power * 2, state, w, context)
        case _:
            value = read(atom, state, w, context)
            return ([(value, power)], []) if value.rank == 0 else ([], [(value, power)])


def _whole(exponent: ir.Atom) -> int | None:
    match exponent:
        case ir.Lit(value) if float(value).is_integer() and 0 < value <= 4:
            return int(value)
        case ir.Size(d) if d.value is not None and 0 < d.value <= 4:
            return d.value
        case _:
            return None


def product(values: Factors, w: Writer, context: Context, span: Span) -> Value:
    """The product of values with their powers: those with positive powers over those with negative ones."""
    one = Value(ir.Lit(1.0), (), (), "real", known=True)
    above = _powers([(v, p) for v, p in values if p > 0], w, context, span)
    below = _powers([(v, -p) for v, p in values if p < 0], w, context, span)
    if below is None:
        return above or one
    return elementwise(ops.DIVIDE, (above or one, below), w, context, span=span)


def _powers(values: Factors, w: Writer, context: Context, span: Span) -> Value | None:
    result: Value | None = None
    for value, power in values:
        if power > 1:
            exponent = Value(ir.Lit(power), (), (), "int", known=True)
            raised = (value, exponent)
            value = elementwise(ops.OPERATORS["power"], raised, w, context, element="real", span=span)
        result = value if result is None else elementwise(ops.MULTIPLY, (result, value), w, context, span=span)
    return result


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
