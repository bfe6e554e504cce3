"""Subscripts: what `x[i, a:b]` is, and whether an index can run out of its array.

An index is a polynomial in sizes and loop indices. Over its loops it is largest and smallest at the ends of each, and
so `x[t - 1]` for t in `0..T` is seen to begin at -1. An index in a branch is not judged: the condition may guard it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pushforward.dsl.diagnostic import Label
from pushforward.dsl.errors.care import IndexMayRunOut
from pushforward.dsl.errors.indices import (
    IndexRunsOut,
    NotAnArray,
    NotAnIndex,
    SliceEnds,
    TooManySubscripts,
    TwoVectorSubscripts,
)  # fmt: skip
from pushforward.dsl.infer.context import Context, is_poison, joined, poison, settle
from pushforward.dsl.infer.intervals import constraint_of, interval_of_type
from pushforward.dsl.infer.sizes import expression_of, origins, size_of
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Expr, Index, SliceSub, Sub
from pushforward.dsl.types import Array, Constraint, Dim


@dataclass(frozen=True)
class Ends:
    """A slice whose ends have types but may be missing."""

    lower: Expr | None
    upper: Expr | None
    span: Span


def filled(ctx: Context, base: Expr, subs: tuple[Expr | Ends, ...], span: Span) -> tuple[Sub, ...] | None:
    """The subscripts with slices filled in and everything checked; None after a report."""
    if is_poison(base, *(s for s in subs if not isinstance(s, Ends))):
        return None
    if not isinstance(base.type, Array) or not base.type.rank:
        ctx.report.error(NotAnArray, base.span, f"this is {base.type}, which has no elements")
        return None
    dims = base.type.dims
    if len(subs) > len(dims):
        ctx.report.error(
            TooManySubscripts, span, f"{len(subs)} subscripts for {base.type}", count=len(subs), rank=len(dims)
        )
        return None
    result: list[Sub] = []
    for sub, dim in zip(subs, dims, strict=False):
        checked = _slice(ctx, sub, dim) if isinstance(sub, Ends) else _index(ctx, base, sub, dim)
        if checked is None:
            return None
        result.append(checked)
    vectors = [s for s in result if not isinstance(s, SliceSub) and isinstance(s.type, Array) and s.type.rank]
    if len(vectors) > 1:
        ctx.report.error(
            TwoVectorSubscripts, vectors[1].span, "a second list of indices",
            secondary=(Label(vectors[0].span, "the first"),),
        )  # fmt: skip
        return None
    return tuple(result)


def index(ctx: Context, base: Expr, subs: tuple[Expr | Ends, ...], span: Span) -> Expr:
    """`base[subs]`."""
    checked = filled(ctx, base, subs, span)
    if checked is None:
        return poison(span)
    type_ = indexed_type(ctx, base, checked)
    stages = [s for sub in checked for s in ((sub.lower, sub.upper) if isinstance(sub, SliceSub) else (sub,))]
    return Index(base, checked, type=type_, stage=settle(type_, joined(base, *stages)), span=span)


def indexed_type(ctx: Context, base: Expr, subs: tuple[Sub, ...]) -> Array:
    """The type of a part of an array."""
    array = base.type
    assert isinstance(array, Array)
    dims: list[Dim] = []
    for sub in subs:
        if isinstance(sub, SliceSub):
            dims.append(slice_length(ctx, sub))
        elif isinstance(sub.type, Array):
            dims.extend(sub.type.dims)
    dims.extend(array.dims[len(subs) :])
    return Array(array.element, tuple(dims), _part_constraint(array, subs))


def slice_length(ctx: Context, sub: SliceSub) -> Dim:
    """How many elements a slice takes."""
    upper, lower = size_of(ctx, sub.upper), size_of(ctx, sub.lower)
    assert upper is not None and lower is not None
    return upper - lower


def _part_constraint(array: Array, subs: tuple[Sub, ...]) -> Constraint:
    c = array.constraint
    if c.kind == "interval":
        return replace(c, lower=_part_bound(array, c.lower, subs), upper=_part_bound(array, c.upper, subs))
    if c.kind in ("none", "index") or len(subs) <= len(array.batch):
        return c
    cuts = subs[len(array.batch) :]
    if c.kind in ("ordered", "positive_ordered") and isinstance(cuts[0], SliceSub):
        return c
    if c.kind == "stochastic_matrix" and len(cuts) == 1:
        return Constraint("simplex") if not isinstance(cuts[0], SliceSub) else c
    return constraint_of(interval_of_type(array))


def _part_bound(array: Array, bound: Expr | float | None, subs: tuple[Sub, ...]) -> Expr | float | None:
    if bound is None or isinstance(bound, int | float):
        return bound
    assert isinstance(bound.type, Array)
    if not bound.type.rank:
        return bound
    kept = Array(bound.type.element, ())
    dims: tuple[Dim, ...] = ()
    for sub in subs:
        if isinstance(sub, SliceSub):
            return None
        dims += sub.type.dims if isinstance(sub.type, Array) else ()
    kept = Array(bound.type.element, (*dims, *array.dims[len(subs) :]))
    return Index(bound, subs, type=kept, stage=bound.stage, span=bound.span)


def _slice(ctx: Context, ends: Ends, dim: Dim) -> Sub | None:
    lower = expression_of(Dim(()), ends.span) if ends.lower is None else ends.lower
    upper = expression_of(dim, ends.span) if ends.upper is None else ends.upper
    if is_poison(lower, upper):
        return None
    low, high = size_of(ctx, lower), size_of(ctx, upper)
    indices = {loop.index for loop in ctx.loops}
    if low is None or high is None or (high - low).names & indices:
        ctx.report.error(
            SliceEnds, ends.span, "how many elements this takes is not known before compilation",
            helps=("build both ends from sizes and loop indices with + - *, a fixed distance apart",),
        )  # fmt: skip
        return None
    ctx.needs_static |= low.names | high.names
    if not _inside(ctx, low, high - Dim.const(1), dim, ends.span):
        return None
    return SliceSub(lower, upper, span=ends.span)


def _index(ctx: Context, base: Expr, sub: Expr, dim: Dim) -> Sub | None:
    type_ = sub.type
    if not isinstance(type_, Array) or type_.element != "int" or type_.rank > 1:
        helps = ("write `if b then x else 0`, or multiply by the condition",) if str(type_).startswith("bool") else ()
        ctx.report.error(NotAnIndex, sub.span, f"this is {type_}", helps=helps)
        return None
    size = size_of(ctx, sub)
    if size is not None and not _inside(ctx, size, size, dim, sub.span):
        return None
    constraint = type_.constraint
    if constraint.kind == "index" and constraint.size is not None and constraint.size != dim and not ctx.quiet:
        excess = (constraint.size - dim).value
        if excess is None or excess > 0:
            ctx.report.error(
                IndexMayRunOut, sub.span, f"this goes up to {constraint.size} - 1",
                secondary=(Label(base.span, f"this has {dim} elements"),),
                helps=(f"declare it `index[{dim}]`",), size=constraint.size, dim=dim,
            )  # fmt: skip
    return sub


def _inside(ctx: Context, least: Dim, most: Dim, dim: Dim, span: Span) -> bool:
    """Whether indices from `least` to `most` may be in `0..dim`; what is certainly outside is reported."""
    if ctx.conditions:
        return True
    smallest, largest = _extreme(ctx, least, low=True), _extreme(ctx, most, low=False)
    loops = tuple(
        Label(loop.span, f"{loop.written} goes from {loop.low} to {loop.high} - 1")
        for loop in ctx.loops
        if loop.index in (least.names | most.names)
    )
    below = smallest.value if smallest is not None else None
    if below is not None and below < 0:
        helps = () if loops else ("count from the end with the size: `x[N - 1]` is the last of N",)
        ctx.report.error(IndexRunsOut, span, f"the index begins at {below}", secondary=loops, helps=helps, dim=dim)
        return False
    room = (dim - largest - Dim.const(1)).value if largest is not None else None
    if room is not None and room < 0:
        last = dim - Dim.const(1)
        ctx.report.error(
            IndexRunsOut, span, f"the index reaches {largest}, the last is {last}",
            secondary=(*loops, *_dim_labels(ctx, dim)), dim=dim,
        )  # fmt: skip
        return False
    return True


def _dim_labels(ctx: Context, dim: Dim) -> tuple[Label, ...]:
    return origins(ctx, dim)


def _extreme(ctx: Context, dim: Dim, low: bool) -> Dim | None:
    """The smallest or largest value of a size over the open loops, innermost first."""
    for loop in reversed(ctx.loops):
        if loop.index not in dim.names:
            continue
        terms = [(m, c) for m, c in dim.terms if loop.index in m]
        if len(terms) != 1 or terms[0][0] != (loop.index,):
            return None
        at_low = (terms[0][1] > 0) == low
        dim = dim.substitute({loop.index: loop.low if at_low else loop.high - Dim.const(1)})
    return dim
