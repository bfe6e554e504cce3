"""Subscripts: slices where they are slices, gathers where they are not.

A subscript `t + c` along a map loop `t in a..b` is the slice `a+c:b+c`, whose dimension becomes the axis t. A
subscript that is no such slice (an index array, two loops in one subscript, a loop the base already follows)
is a gather.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from pushforward.compiler.analyses.dependence import linear
from pushforward.compiler.core import ir
from pushforward.compiler.errors import not_yet
from pushforward.compiler.lower.operations import ADD
from pushforward.compiler.transforms.vectorise.arrays import (
    Writer,
    aligned,
    elementwise,
    index_value,
    size_value,
    union,
)
from pushforward.compiler.transforms.vectorise.values import Context, Value
from pushforward.dsl.source import Span
from pushforward.dsl.types import Array, Dim

#: A subscript that is a slice, an axis with its slice, or None where a gather will be.
Plain: TypeAlias = ir.At | ir.Range | tuple[str, ir.Range] | None


def sliding(sub: ir.Sub, base: Value, others: tuple[ir.Sub, ...], context: Context) -> tuple[str, Dim] | None:
    """The axis and offset of a subscript `axis + offset` that can be a slice."""
    if not isinstance(sub, ir.At):
        return None
    loops = sub.dim.names & {a.index for a in context.axes}
    if len(loops) != 1 or sub.dim.names & {i for i, _ in context.steps}:
        return None
    (index,) = loops
    parts = linear(sub.dim, index)
    used_elsewhere = any(isinstance(o, ir.At) and index in o.dim.names for o in others)
    if parts is None or parts[0] != 1 or index in base.axes or used_elsewhere:
        return None
    if parts[1].names & {a.index for a in context.axes}:
        return None
    return index, parts[1]


def index(
    base: Value,
    subs: tuple[ir.Sub, ...],
    picks: tuple[Value | None, ...],
    w: Writer,
    context: Context,
    name: str,
    span: Span,
) -> Value:
    """`base[subs]`. `picks[i]` is the value of a `Pick` subscript."""
    plain: list[Plain] = []
    gathers: dict[int, Value] = {}
    for position, sub in enumerate(subs):
        others = subs[:position] + subs[position + 1 :]
        match sub:
            case ir.Range(lower, upper) if _moving(lower, context):
                gathers[position] = _window(lower, upper - lower, w, context)
                plain.append(None)
            case ir.Range():
                plain.append(sub)
            case ir.At(d) if not _moving(d, context):
                plain.append(sub)
            case ir.At(d) if (slide := sliding(sub, base, others, context)) is not None:
                axis = context.axis(slide[0])
                plain.append((axis.index, ir.Range(axis.lower + slide[1], axis.upper + slide[1])))
            case ir.At(d):
                gathers[position] = size_value(d, w, context)
                plain.append(None)
            case ir.Pick():
                picked = picks[position]
                assert picked is not None
                gathers[position] = picked
                plain.append(None)
    result, remaining = _slice(base, plain, gathers, w, context, name if not gathers else "t", span)
    return _gather(result, remaining, w, context, name, span) if remaining else result


def _window(lower: Dim, length: Dim, w: Writer, context: Context) -> Value:
    """The subscripts of a slice that moves with a loop: its lower end plus 0, 1, ..., length - 1."""
    start = size_value(lower, w, context)
    like = Value(ir.Lit(0), (), (length,), "int", known=True)
    steps = w.value(like, ir.Iota(Dim(()), length), context, "i")
    return elementwise(ADD, (start, steps), w, context)


def _moving(d: Dim, context: Context) -> bool:
    return bool(d.names & ({a.index for a in context.axes} | {i for i, _ in context.steps}))


def _slice(
    base: Value, plain: list[Plain], gathers: dict[int, Value], w: Writer, context: Context, name: str, span: Span
) -> tuple[Value, dict[int, Value]]:
    """Apply the subscripts that are slices; dimensions to be gathered stay, at the positions that come back."""
    subs: list[ir.Sub] = [ir.Range(Dim(()), length) for length in context.lengths(base.axes)]
    kept_axes: list[str] = []  # axes made from own dimensions, in place
    layout: list[str | Dim] = []  # what each own dimension of the sliced array is: an axis or a dimension
    remaining: dict[int, Value] = {}
    for position, dim in enumerate(base.own):
        what = plain[position] if position < len(plain) else ir.Range(Dim(()), dim)
        match what:
            case ir.At():
                subs.append(what)
                continue
            case ir.Range(lower, upper):
                subs.append(what)
                layout.append(upper - lower)
            case (str(axis), ir.Range() as window):
                subs.append(window)
                kept_axes.append(axis)
                layout.append(axis)
            case _:
                remaining[sum(isinstance(x, Dim) for x in layout)] = gathers[position]
                subs.append(ir.Range(Dim(()), dim))
                layout.append(dim)
    own = tuple(x for x in layout if isinstance(x, Dim))
    axes = context.ordered(frozenset((*base.axes, *kept_axes)))
    stands = [*base.axes, *layout]
    sliced = replace(base, own=own, axes=axes)
    shape = tuple(context.axis(x).length if isinstance(x, str) else x for x in stands)
    whole = (*context.lengths(base.axes), *base.own)
    if all(isinstance(s, ir.Range) and not s.lower.terms and s.upper == d for s, d in zip(subs, whole, strict=True)):
        atom = base.atom
    else:
        assert isinstance(base.atom, ir.Var)
        while (
            subs
            and isinstance(subs[-1], ir.Range)
            and not subs[-1].lower.terms
            and subs[-1].upper == whole[len(subs) - 1]
        ):
            subs.pop()
        type_ = Array(base.element, shape)  # type: ignore[arg-type]
        atom = w.let(type_, ir.Index(base.atom, tuple(subs), span=span), name, span)
    order = _order(stands, axes)
    if order != tuple(range(len(order))):
        type_ = Array(base.element, tuple(shape[i] for i in order))  # type: ignore[arg-type]
        atom = w.let(type_, ir.Permute(atom, order, span=span), name, span)
    return replace(sliced, atom=atom), remaining


def _order(stands: list[str | Dim], axes: tuple[str, ...]) -> tuple[int, ...]:
    """The permutation that brings axes to the front in the order of the loops and keeps the own dimensions
    behind in theirs.
    """
    front = [stands.index(a) for a in axes]
    return (*front, *(i for i, x in enumerate(stands) if isinstance(x, Dim)))


def _gather(base: Value, at: dict[int, Value], w: Writer, context: Context, name: str, span: Span) -> Value:
    """Index own dimensions by integer values, together with the axes that the base already follows."""
    positions = sorted(at)
    if sum(bool(at[p].own) for p in positions) > 1:
        raise not_yet("indexing by two moving slices or index lists at once", span)
    vector = next((p for p in positions if at[p].own), None)
    extra = at[vector].own if vector is not None else ()
    axes = union((base, *at.values()), context)
    rank = len(extra)
    front = (*range(len(base.axes)), *(len(base.axes) + p for p in positions))
    rest = tuple(len(base.axes) + i for i in range(len(base.own)) if i not in at)
    order = (*front, *rest)
    shape = (*context.lengths(base.axes), *base.own)
    atom = base.atom
    if order != tuple(range(len(order))):
        type_ = Array(base.element, tuple(shape[i] for i in order))  # type: ignore[arg-type]
        atom = w.let(type_, ir.Permute(atom, order, span=span), "t", span)
    along = [index_value(a, w, replace_lower(context, a)) for a in base.axes]
    picks = [aligned(v, axes, rank, w, context) for v in (*along, *(at[p] for p in positions))]
    own_rest = tuple(base.own[i] for i in range(len(base.own)) if i not in at)
    result_shape = (*context.lengths(axes), *extra, *own_rest)
    assert isinstance(atom, ir.Var)
    type_ = Array(base.element, result_shape)  # type: ignore[arg-type]
    taken = w.let(type_, ir.Index(atom, tuple(ir.Pick(p) for p in picks), span=span), name, span)
    known = base.known and all(v.known for v in at.values())
    value = Value(taken, axes, (*extra, *own_rest), base.element, known)
    before = sum(1 for i in range(vector) if i not in at) if vector is not None else 0
    if not before or not extra:
        return value
    order = (*range(len(axes)), *(len(axes) + 1 + i for i in range(before)), len(axes))
    order = (*order, *(i for i in range(len(result_shape)) if i not in order))
    moved = Array(base.element, tuple(result_shape[i] for i in order))  # type: ignore[arg-type]
    own = moved.dims[len(axes) :]
    return replace(value, atom=w.let(moved, ir.Permute(taken, order, span=span), name, span), own=own)


def replace_lower(context: Context, index: str) -> Context:
    """The context in which the numbers along an axis count from 0: positions in an array that follows the
    axis.
    """
    axes = tuple(replace(a, lower=Dim(()), upper=a.length) if a.index == index else a for a in context.axes)
    return replace(context, axes=axes)
