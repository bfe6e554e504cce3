"""Containers: whole arrays where the stores cover them, updates of regions where not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pushforward.compiler.core import ir
from pushforward.compiler.errors import not_yet
from pushforward.compiler.transforms.vectorise.arrays import (
    Writer,
    aligned,
    broadcast,
    index_value,
    size_value,
)
from pushforward.compiler.transforms.vectorise.indexing import replace_lower, sliding
from pushforward.compiler.transforms.vectorise.values import Context, Value
from pushforward.dsl.source import Span
from pushforward.dsl.types import Dim


@dataclass(frozen=True)
class Pending:
    """A container before its first store: nothing is written for it until something is stored or read."""

    axes: tuple[str, ...]
    own: tuple[Dim, ...]
    element: str


def begun(container: Pending | Value, w: Writer, context: Context, name: str, span: Span) -> Value:
    """The container as a value: zeros if nothing was stored yet."""
    if isinstance(container, Value):
        return container
    like = Value(ir.Lit(0), (), container.own, container.element, known=True)
    return w.value(like, ir.Zeros(container.own, container.element, span=span), context, name, span)


def store(
    container: Pending | Value,
    subs: tuple[ir.Sub, ...],
    value: Value,
    w: Writer,
    context: Context,
    name: str,
    span: Span,
) -> Value:
    """The container after `container[subs] = value` has been done for every iteration of the loops around.

    `value` is there for each iteration; a loop that the container does not follow must be in a subscript.
    """
    whole = (*subs, *(ir.Range(Dim(()), d) for d in container.own[len(subs) :]))
    slides = [_slide(s, container, whole[:i] + whole[i + 1 :], context) for i, s in enumerate(whole)]
    regular = all(
        s is not None or isinstance(sub, ir.Range) or (isinstance(sub, ir.At) and not _moves(sub, context))
        for s, sub in zip(slides, whole, strict=True)
    )
    if not regular:
        return _scatter(container, whole, value, w, context, name, span)
    region: list[ir.Sub] = []
    stands: list[str | Dim] = []
    for sub, slide in zip(whole, slides, strict=True):
        if slide is not None:
            axis = context.axis(slide[0])
            region.append(ir.Range(axis.lower + slide[1], axis.upper + slide[1]))
            stands.append(axis.index)
        else:
            region.append(sub)
            if isinstance(sub, ir.Range):
                stands.append(sub.upper - sub.lower)
    moved = frozenset(x for x in stands if isinstance(x, str))
    outer = context.ordered(frozenset((*container.axes, *(a for a in value.axes if a not in moved))))
    piece = _piece(value, outer, stands, w, context)
    covers = all(
        isinstance(r, ir.Range) and not r.lower.terms and r.upper == d
        for r, d in zip(region, container.own, strict=True)
    )
    known = value.known and (covers or isinstance(container, Pending) or container.known)
    like = Value(piece, outer, container.own, container.element, known)
    if covers:
        return _named(like, w, context, name, span)
    base = begun(container, w, context, name, span)
    target = broadcast(base, outer, container.own, w, context)
    assert isinstance(target, ir.Var)
    full = tuple(ir.Range(Dim(()), n) for n in context.lengths(outer))
    return w.value(like, ir.Update(target, (*full, *region), piece, span=span), context, name, span)


def _named(value: Value, w: Writer, context: Context, name: str, span: Span) -> Value:
    """The same value; a literal gets a name so that it can be indexed."""
    if isinstance(value.atom, ir.Var):
        return value
    return w.value(value, ir.Copy(value.atom, span=span), context, name, span)


def _slide(
    sub: ir.Sub, container: Pending | Value, others: tuple[ir.Sub, ...], context: Context
) -> tuple[str, Dim] | None:
    base = Value(ir.Lit(0), container.axes, container.own, container.element)
    return sliding(sub, base, others, context)


def _moves(sub: ir.At, context: Context) -> bool:
    return bool(sub.dim.names & ({a.index for a in context.axes} | {i for i, _ in context.steps}))


def _piece(value: Value, outer: tuple[str, ...], stands: list[str | Dim], w: Writer, context: Context) -> ir.Atom:
    """The stored values laid out as the region: outer axes, then the region's dimensions in the container's
    order.
    """
    inner = tuple(x for x in stands if isinstance(x, str))
    own = tuple(x for x in stands if isinstance(x, Dim))
    axes = context.ordered(frozenset((*outer, *inner)))
    atom = broadcast(value, axes, own, w, context)
    target = [*outer, *stands]
    have: list[str | Dim] = [*axes]
    positions = {a: i for i, a in enumerate(have)}
    own_positions = iter(range(len(axes), len(axes) + len(own)))
    order = tuple(positions[x] if isinstance(x, str) else next(own_positions) for x in target)
    if order == tuple(range(len(order))):
        return atom
    shape = (*context.lengths(axes), *own)
    like = Value(atom, (), tuple(shape[i] for i in order), value.element, value.known)
    return w.value(like, ir.Permute(atom, order), context).atom


def _scatter(
    container: Pending | Value,
    subs: tuple[ir.Sub, ...],
    value: Value,
    w: Writer,
    context: Context,
    name: str,
    span: Span,
) -> Value:
    """Stores at computed places: integer index arrays for every subscript that moves, for all loops around."""
    lead = _leading(subs)
    partial = any(
        isinstance(sub, ir.Range) and (sub.lower.terms or sub.upper != dim or position < lead)
        for position, (sub, dim) in enumerate(zip(subs, container.own, strict=True))
    )
    if partial or any(isinstance(s, ir.Pick) for s in subs):
        raise not_yet("storing a slice at a place that moves in this way", span)
    points = [_point(s, w, context) for s in subs[:lead]]
    followed = frozenset(a for p in points for a in p.axes)
    outer = context.ordered(frozenset((*container.axes, *(a for a in value.axes if a not in followed))))
    axes = context.ordered(followed | frozenset(outer))
    base = begun(container, w, context, name, span)
    full_base = broadcast(base, outer, container.own, w, context)
    assert isinstance(full_base, ir.Var)
    along = [index_value(a, w, replace_lower(context, a)) for a in outer]
    picks = [ir.Pick(aligned(v, axes, 0, w, context)) for v in (*along, *points)]
    piece = broadcast(value, axes, container.own[lead:], w, context)
    like = replace(base, axes=outer, known=value.known and base.known)
    return w.value(like, ir.Update(full_base, tuple(picks), piece, span=span), context, name, span)


def _leading(subs: tuple[ir.Sub, ...]) -> int:
    """How many leading subscripts single out elements; the rest must be whole dimensions."""
    return max((i + 1 for i, s in enumerate(subs) if not isinstance(s, ir.Range)), default=0)


def _point(sub: ir.Sub, w: Writer, context: Context) -> Value:
    assert isinstance(sub, ir.At), "a gather subscript of a store is resolved before"
    return size_value(sub.dim, w, context)
