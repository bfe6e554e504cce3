"""Writing array operations: alignment of axes, broadcasting, index arrays.

Equal expressions are written once: what two loops read from the same slice is read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.transforms.vectorise.values import Context, Value
from pushforward.dsl.source import NOWHERE, Span
from pushforward.dsl.types import Array, Dim

#: Temporaries are numbered anew: those of structured core are other steps.
TEMPORARY = re.compile(r"t(_\d+)+$")


class Writer:
    """The statements of one block of array core, with the expressions already written in it or around it."""

    def __init__(self, fresh: Fresh, outer: Writer | None = None) -> None:
        self.fresh = fresh
        self.statements: list[ir.Stmt] = []
        self._seen: dict[ir.Expr, ir.Var] = dict(outer._seen) if outer is not None else {}

    def add(self, stmt: ir.Stmt) -> None:
        """Append a statement."""
        self.statements.append(stmt)

    def let(self, type_: Array, expr: ir.Expr, name: str, span: Span) -> ir.Var:
        """Bind an expression, or find the name of an equal one."""
        name = TEMPORARY.sub("t", name.partition(" ")[0])
        if not isinstance(expr, ir.Sample):
            if expr in self._seen:
                return self._seen[expr]
            chosen = self.fresh(name)
            self._seen[expr] = ir.Var(chosen)
        else:
            chosen = self.fresh(name)
        self.add(ir.Let(chosen, type_, expr, span=span))
        return ir.Var(chosen)

    def value(self, like: Value, expr: ir.Expr, context: Context, name: str = "t", span: Span = NOWHERE) -> Value:
        """Bind an expression to a new value with the axes and dimensions of `like`."""
        type_ = Array(like.element, (*context.lengths(like.axes), *like.own))  # type: ignore[arg-type]
        return replace(like, atom=self.let(type_, expr, name, span))


def union(values: Iterable[Value], context: Context) -> tuple[str, ...]:
    """The axes on which any of the values depends, in the order of the loops."""
    return context.ordered(frozenset(a for v in values for a in v.axes))


def aligned(value: Value, axes: tuple[str, ...], rank: int, w: Writer, context: Context) -> ir.Atom:
    """The value as an array that broadcasts against arrays with `axes` and `rank` own dimensions: axes of
    length one are put where it has none. Scalars are left alone.
    """
    if value.rank == 0 or (value.axes == axes and len(value.own) == rank):
        return value.atom
    pattern = (*(a in value.axes for a in axes), *(len(value.own) == rank for _ in range(rank)))
    one = Dim.const(1)
    axis_dims = tuple(context.axis(a).length if a in value.axes else one for a in axes)
    own = value.own if len(value.own) == rank else (one,) * rank
    type_ = Array(value.element, (*axis_dims, *own))  # type: ignore[arg-type]
    return w.let(type_, ir.Expand(value.atom, pattern), "t", NOWHERE)


def broadcast(value: Value, axes: tuple[str, ...], own: tuple[Dim, ...], w: Writer, context: Context) -> ir.Atom:
    """The value with exactly `axes` and `own`, repeated where it has length one or nothing."""
    shape = (*context.lengths(axes), *own)
    if value.axes == axes and value.own == own:
        return value.atom
    atom = aligned(value, axes, len(own), w, context)
    type_ = Array(value.element, shape)  # type: ignore[arg-type]
    return w.let(type_, ir.Broadcast(atom, shape), "t", NOWHERE)


def size_value(d: Dim, w: Writer, context: Context) -> Value:
    """A polynomial as a value: an integer known before compilation, or an array of integers along the loops
    it follows.
    """
    loops = frozenset(a.index for a in context.axes) & d.names
    steps = [i for i, _ in context.steps if i in d.names]
    if not loops and not steps:
        return Value(ir.Size(d), (), (), "int", known=True)
    parts: list[Dim] = []
    rest = d
    for index in (*context.ordered(loops), *steps):
        mentioned = Dim(tuple((m, c) for m, c in rest.terms if index in m))
        rest = rest - mentioned
        parts.append(mentioned)
    parts += [rest] if rest.terms else []
    parts.sort(key=_negative)
    total = _part(parts[0], w, context)
    for part in parts[1:]:
        op, term = (ops.SUBTRACT, -part) if _negative(part) else (ops.ADD, part)
        total = elementwise(op, (total, _part(term, w, context)), w, context)
    return total


def _negative(d: Dim) -> bool:
    return all(c < 0 for _, c in d.terms)


def _part(d: Dim, w: Writer, context: Context) -> Value:
    """A part of a polynomial: the terms with one index, or a size."""
    indices = [*(a.index for a in context.axes), *(i for i, _ in context.steps)]
    index = next((i for i in indices if i in d.names), None)
    if index is None:
        return Value(ir.Size(d), (), (), "int", known=True)
    return _monomials(d, index, w, context)


def _monomials(d: Dim, index: str, w: Writer, context: Context) -> Value:
    """The part of a polynomial in which `index` occurs: index * quotient."""
    quotient = Dim(tuple((_without(m, index), c) for m, c in d.terms))
    base = index_value(index, w, context)
    if quotient.value == 1:
        return base
    return elementwise(ops.MULTIPLY, (base, size_value(quotient, w, context)), w, context)


def _without(monomial: tuple[str, ...], name: str) -> tuple[str, ...]:
    at = monomial.index(name)
    return monomial[:at] + monomial[at + 1 :]


def index_value(index: str, w: Writer, context: Context) -> Value:
    """The index of a loop as a value: the running numbers along its axis, or the step of a scan."""
    for name, value in context.steps:
        if name == index:
            return value
    axis = context.axis(index)
    like = Value(ir.Lit(0), (index,), (), "int", known=True)
    return w.value(like, ir.Iota(axis.lower, axis.upper), context, index)


def elementwise(
    op: ir.Op,
    values: tuple[Value, ...],
    w: Writer,
    context: Context,
    *,
    name: str = "t",
    element: str | None = None,
    span: Span = NOWHERE,
) -> Value:
    """An elementwise operation on values with different axes."""
    axes = union(values, context)
    own = max((v.own for v in values), key=len)
    atoms = tuple(aligned(v, axes, len(own), w, context) for v in values)
    kind = element or ("real" if any(v.element == "real" for v in values) else values[0].element)
    like = Value(ir.Lit(0), axes, own, kind, known=all(v.known for v in values))
    return w.value(like, ir.Call(op, atoms, span=span), context, name, span)


def permuted(value: Value, order: tuple[int, ...], w: Writer, context: Context, shape: Array) -> ir.Atom:
    """The array of a value with its axes in another order; `shape` is the type that results."""
    if order == tuple(range(len(order))):
        return value.atom
    return w.let(shape, ir.Permute(value.atom, order), "t", NOWHERE)
