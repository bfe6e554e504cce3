"""Operations on values with axes."""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.transforms.vectorise.arrays import Writer, aligned, elementwise, union
from pushforward.compiler.transforms.vectorise.values import Context, Value
from pushforward.dsl.types import Array

#: Reductions of all dimensions that take an `axis`.
REDUCTIONS = frozenset(f"jnp.{name}" for name in ("sum", "prod", "min", "max", "mean", "all", "any")) | {
    "jax.scipy.special.logsumexp",
    "jsp.special.logsumexp",
    "jax.nn.logsumexp",
}


def call(expr: ir.Call, values: tuple[Value, ...], type_: Array, w: Writer, context: Context, name: str) -> Value:
    """An operation whose arguments may follow map loops."""
    op, span = expr.op, expr.span
    if op.elementwise:
        return elementwise(op, values, w, context, name=name, element=type_.element, span=span)
    axes = union(values, context)
    like = Value(ir.Lit(0), axes, type_.dims, type_.element, known=all(v.known for v in values))
    atoms = tuple(v.atom for v in values)
    if not axes:
        return w.value(like, ir.Call(op, atoms, span=span), context, name, span)
    if op == ops.APPLY:
        network, *inputs = values
        led = (aligned(v, axes, len(v.own), w, context) for v in inputs)
        return w.value(like, ir.Call(op, (network.atom, *led), span=span), context, name, span)
    if op.target in REDUCTIONS and len(values) == 1 and not type_.dims:
        own = tuple(range(-len(values[0].own), 0))
        return w.value(like, ir.Call(op, atoms, axis=own, span=span), context, name, span)
    if op.target in (ops.DOT.target, ops.MATMUL.target):
        product = _vector_product(op, values, like, w, context, name)
        if product is not None:
            return product
    mapped = tuple(tuple(a in v.axes for v in values) for a in axes)
    return w.value(like, ir.Call(op, atoms, mapped=mapped, span=span), context, name, span)


def _vector_product(
    op: ir.Op, values: tuple[Value, ...], like: Value, w: Writer, context: Context, name: str
) -> Value | None:
    """Products with vectors that follow loops, as one matrix product where only one side follows them."""
    a, b = values
    ranks = (len(a.own), len(b.own))
    if ranks == (1, 1):
        if not b.axes or not a.axes:
            moving, fixed = (a, b) if not b.axes else (b, a)
            return w.value(like, ir.Call(ops.MATMUL, (moving.atom, fixed.atom)), context, name)
        product = elementwise(ops.MULTIPLY, (a, b), w, context)
        return w.value(like, ir.Call(ops.SUM, (product.atom,), axis=(-1,)), context, name)
    if ranks == (1, 2) and not b.axes:  # a row vector for each iteration, times one matrix
        return w.value(like, ir.Call(ops.MATMUL, (a.atom, b.atom)), context, name)
    if ranks == (2, 2) and not b.axes and len(a.axes) >= 1:
        return w.value(like, ir.Call(ops.MATMUL, (a.atom, b.atom)), context, name)
    return None


def sample(expr: ir.Sample, values: tuple[Value, ...], type_: Array, w: Writer, context: Context, name: str) -> Value:
    """One draw for every iteration of the loops around, in one call of the library's sampler."""
    axes = tuple(a.index for a in context.axes)
    arguments = batched(expr.arguments, values, axes, w, context)
    key = w.fresh(f"key_{name}")
    w.add(ir.Split(key, context.key, None, span=expr.span))
    like = Value(ir.Lit(0), axes, type_.dims, type_.element)
    draw = ir.Sample(expr.target, arguments, context.lengths(axes), key, span=expr.span)
    return w.value(like, draw, context, name, expr.span)


def bound_log_prob(
    expr: ir.BoundLogProb, values: tuple[Value, ...], at: Value, w: Writer, context: Context, name: str
) -> Value:
    """A library density: its objects broadcast over leading axes by themselves."""
    axes = union((*values, at), context)
    arguments = batched(expr.arguments, values, axes, w, context)
    point = _led(at, axes, w, context)
    like = Value(ir.Lit(0), axes, (), "real", known=at.known and all(v.known for v in values))
    return w.value(like, replace(expr, arguments=arguments, value=point), context, name, expr.span)


def batched(
    arguments: tuple[tuple[str, ir.Atom], ...],
    values: tuple[Value, ...],
    axes: tuple[str, ...],
    w: Writer,
    context: Context,
) -> tuple[tuple[str, ir.Atom], ...]:
    """Arguments of a library object with their axes in front, aligned with one another."""
    return tuple(
        (keyword, _led(value, axes, w, context)) for (keyword, _), value in zip(arguments, values, strict=True)
    )


def _led(value: Value, axes: tuple[str, ...], w: Writer, context: Context) -> ir.Atom:
    """The value with all `axes` in front if it has any of them; without axes it broadcasts as it is."""
    return aligned(value, axes, len(value.own), w, context) if value.axes else value.atom
