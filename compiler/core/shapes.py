"""Shapes of expressions of the core, as polynomials.

`strict` is array core: there arguments of an elementwise operation have one rank, and axes that are equal
or of length one. In structured core whole arrays meet only arrays of their rank or scalars, and lengths
were settled by the type checker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from pushforward.compiler.core import ir
from pushforward.dsl.types import Array, Dim

Shape = tuple[Dim, ...]
TypeOf = Callable[[ir.Atom], Array]

_ONE = Dim.const(1)


class Mismatch(Exception):
    """Shapes that do not go together, in words."""


def dims_of_expr(expr: ir.Expr, type_of: TypeOf, *, strict: bool) -> Shape | None:
    """The shape of an expression, or None where only its operation knows it.

    `type_of` gives the type of an atom. Raises `Mismatch`.
    """
    match expr:
        case ir.Copy(atom):
            return type_of(atom).dims
        case ir.Call():
            return _call(expr, [type_of(a).dims for a in expr.arguments], strict)
        case ir.Select(condition, then, orelse):
            return _together([type_of(a).dims for a in (condition, then, orelse)], strict)
        case ir.Index(base, subs):
            return region(type_of(base).dims, subs, type_of, strict=strict)
        case ir.Stack(items, axis):
            return _stack([type_of(a).dims for a in items], axis, strict)
        case ir.Draw():
            return None
        case ir.Points(items=items):
            return type_of(items[0]).dims if items else ()
        case ir.Sample(_, arguments):
            _all(arguments, type_of)
            return None
        case ir.BoundLogProb(_, arguments, value):
            _all((*arguments, ("value", value)), type_of)
            return None
        case ir.Free(vector, _, dims):
            if type_of(vector).rank != 1:
                raise Mismatch(f"the free vector `{vector.name}` is not a vector")
            return dims
        case ir.Zeros(dims):
            return dims
        case ir.Weights():
            return ()
        case ir.Iota(lower, upper):
            return (upper - lower,)
        case ir.Expand(atom, pattern):
            own = iter(_ranked(type_of(atom).dims, sum(pattern), "what is expanded"))
            return tuple(next(own) if kept else _ONE for kept in pattern)
        case ir.Permute(atom, order):
            dims = type_of(atom).dims
            if sorted(order) != list(range(len(dims))):
                raise Mismatch(f"{list(order)} is not an order of {len(dims)} axes")
            return tuple(dims[i] for i in order)
        case ir.Broadcast(atom, dims):
            return _spread(type_of(atom).dims, dims)
        case ir.Update(base, subs, value):
            return _update(type_of(base).dims, subs, type_of(value).dims, type_of, strict)
        case ir.Concat(items, axis):
            return _concat([type_of(a).dims for a in items], axis)
        case _:
            assert_never(expr)


def region(base: Shape, subs: tuple[ir.Sub, ...], type_of: TypeOf, *, strict: bool) -> Shape:
    """The shape of `base[subs]`.

    A subscript that is an array of integers puts its own dimensions in place of the one it indexes. Several
    such are taken together, point by point: they broadcast, stand next to one another, and their dimensions
    come where the first stands. Raises `Mismatch`.
    """
    if len(subs) > len(base):
        raise Mismatch(f"{len(subs)} subscripts for {len(base)} dimensions")
    kept: list[Shape] = []
    arrays: list[tuple[int, Shape]] = []
    for position, sub in enumerate(subs):
        kept.append(())
        match sub:
            case ir.At():
                pass
            case ir.Range(lower, upper):
                kept[position] = (upper - lower,)
            case ir.Pick(atom):
                type_ = type_of(atom)
                if type_.element != "int":
                    raise Mismatch(f"a subscript of type {type_}")
                if type_.rank:
                    arrays.append((position, type_.dims))
    if arrays:
        points = [i for i, s in enumerate(subs) if not isinstance(s, ir.Range)] if strict else [i for i, _ in arrays]
        if any(isinstance(s, ir.Range) for s in subs[points[0] : points[-1]]) and (strict or len(arrays) > 1):
            raise Mismatch("a slice stands between subscripts that are taken together")
        kept[arrays[0][0]] = _broadcast([dims for _, dims in arrays])
        for position, _ in arrays[1:]:
            kept[position] = ()
    return (*(d for dims in kept for d in dims), *base[len(subs) :])


def _all(arguments: Sequence[tuple[str, ir.Atom]], type_of: TypeOf) -> None:
    for _, atom in arguments:
        type_of(atom)


def _ranked(dims: Shape, rank: int, what: str) -> Shape:
    if len(dims) != rank:
        raise Mismatch(f"{what} has rank {len(dims)}, not {rank}")
    return dims


def _together(shapes: Sequence[Shape], strict: bool) -> Shape:
    """The shape of an elementwise operation on `shapes`."""
    arrays = [s for s in shapes if s]
    if not arrays:
        return ()
    return _broadcast(arrays) if strict else _ranks(arrays)


def _ranks(arrays: Sequence[Shape]) -> Shape:
    if len({len(s) for s in arrays}) > 1:
        raise Mismatch(f"arrays of ranks {', '.join(str(len(s)) for s in arrays)} meet")
    return arrays[0]


def _broadcast(arrays: Sequence[Shape]) -> Shape:
    """Arrays of one rank whose axes are equal or of length one."""
    _ranks(arrays)
    return tuple(_axis(lengths) for lengths in zip(*arrays, strict=True))


def _axis(lengths: Sequence[Dim]) -> Dim:
    longer = {d for d in lengths if d != _ONE}
    if len(longer) > 1:
        raise Mismatch(f"axes of lengths {' and '.join(sorted(map(str, longer)))} meet")
    return longer.pop() if longer else _ONE


def _spread(dims: Shape, to: Shape) -> Shape:
    if len(dims) > len(to):
        raise Mismatch(f"rank {len(dims)} is not broadcast to rank {len(to)}")
    for have, want in zip(dims, to[len(to) - len(dims) :], strict=True):
        if have not in (_ONE, want):
            raise Mismatch(f"an axis of length {have} is not broadcast to {want}")
    return to


def _call(call: ir.Call, shapes: Sequence[Shape], strict: bool) -> Shape | None:
    if not strict and (call.axis is not None or call.mapped):
        raise Mismatch("axes belong to array core")
    if call.op.elementwise:
        if call.axis is not None or call.mapped:
            raise Mismatch(f"the elementwise `{call.op.name}` takes no axes")
        return _together(shapes, strict)
    if call.axis is not None:
        return _reduced(call, shapes)
    if call.mapped:
        _check_mapped(call, shapes)
    return None


def _reduced(call: ir.Call, shapes: Sequence[Shape]) -> Shape:
    assert call.axis is not None
    if len(shapes) != 1 or call.mapped:
        raise Mismatch(f"`{call.op.name}` reduces axes of one argument")
    rank = len(shapes[0])
    if len(set(call.axis)) != len(call.axis) or not all(-rank <= a < 0 for a in call.axis):
        raise Mismatch(f"{list(call.axis)} are not axes of rank {rank}, counted from the end")
    return tuple(d for i, d in enumerate(shapes[0]) if i - rank not in call.axis)


def _check_mapped(call: ir.Call, shapes: Sequence[Shape]) -> None:
    """The shape of a mapped call is known to its operation alone; the axes that arguments carry in front must
    agree.
    """
    rest = list(shapes)
    for carries in call.mapped:
        if len(carries) != len(rest) or not any(carries):
            raise Mismatch(f"an axis of `{call.op.name}` does not say which of {len(rest)} arguments carry it")
        lengths = {str(dims[0]) if dims else "nothing" for dims, here in zip(rest, carries, strict=True) if here}
        if len(lengths) != 1 or "nothing" in lengths:
            raise Mismatch(f"`{call.op.name}` is mapped over axes of lengths {' and '.join(sorted(lengths))}")
        rest = [dims[1:] if here else dims for dims, here in zip(rest, carries, strict=True)]


def _stack(shapes: Sequence[Shape], axis: int, strict: bool) -> Shape:
    if not strict and axis:
        raise Mismatch("axes belong to array core")
    if not shapes:
        return (Dim(()),)
    item = shapes[0]
    if any((s != item) if strict else (len(s) != len(item)) for s in shapes):
        raise Mismatch("items of different shapes are stacked")
    if not 0 <= axis <= len(item):
        raise Mismatch(f"no axis {axis} in a stack of rank {len(item) + 1}")
    return (*item[:axis], Dim.const(len(shapes)), *item[axis:])


def _update(base: Shape, subs: tuple[ir.Sub, ...], value: Shape, type_of: TypeOf, strict: bool) -> Shape:
    place = region(base, subs, type_of, strict=strict)
    if value and value != place:
        raise Mismatch(f"({', '.join(map(str, value))}) is put in the place of ({', '.join(map(str, place))})")
    return base


def _concat(shapes: Sequence[Shape], axis: int) -> Shape:
    first = shapes[0]
    if not 0 <= axis < len(first):
        raise Mismatch(f"no axis {axis} in rank {len(first)}")
    total = Dim(())
    for s in shapes:
        if len(s) != len(first) or (s[:axis], s[axis + 1 :]) != (first[:axis], first[axis + 1 :]):
            raise Mismatch("arrays of different shapes are joined")
        total = total + s[axis]
    return (*first[:axis], total, *first[axis + 1 :])
