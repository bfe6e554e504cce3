"""The pass: statements of structured core, loops already maps or scans, to statements of array core."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from pushforward.compiler.core import ir
from pushforward.compiler.core.reserved import reserved
from pushforward.compiler.core.walk import Fresh, statements, used
from pushforward.compiler.errors import not_yet
from pushforward.compiler.transforms.vectorise import calls, stores
from pushforward.compiler.transforms.vectorise.arrays import Writer, broadcast, elementwise, union
from pushforward.compiler.transforms.vectorise.factors import factor
from pushforward.compiler.transforms.vectorise.indexing import index
from pushforward.compiler.transforms.vectorise.state import State, read
from pushforward.compiler.transforms.vectorise.stores import Pending
from pushforward.compiler.transforms.vectorise.values import Axis, Context, Value
from pushforward.dsl.source import Span
from pushforward.dsl.types import Dim


def vectorise(program: ir.Program) -> ir.Program:
    """The program in array core. Expects `distribute` and `predicate` to have run."""
    # the names of the structured program are free again: an array may have the name of the scalars it holds
    w = Writer(Fresh({*program.statics, *(i.name for i in program.inputs), *reserved(program)}))
    state = State(uses=count_uses(program.body))
    for given in program.inputs:
        known = given.role in ("data", "given", "prepared")
        state.values[given.name] = Value(ir.Var(given.name), (), given.type.dims, given.type.element, known)
    block(program.body, state, w, Context())
    return replace(program, body=tuple(w.statements))


def count_uses(body: tuple[ir.Stmt, ...]) -> dict[str, int]:
    """How many statements read each name."""
    uses: dict[str, int] = {}
    for stmt in statements(body):
        if not isinstance(stmt, (ir.For, ir.If, ir.Scan)):
            for name in used(stmt):
                uses[name] = uses.get(name, 0) + 1
    return uses


def block(body: tuple[ir.Stmt, ...], state: State, w: Writer, context: Context) -> None:
    """Rewrite statements one after another."""
    for stmt in body:
        statement(stmt, state, w, context)


def statement(stmt: ir.Stmt, state: State, w: Writer, context: Context) -> None:
    """Rewrite one statement."""
    match stmt:
        case ir.Let(name, _, expr):
            state.definitions[name] = expr
            state.values[name] = expression(stmt, state, w, context)
        case ir.Container(name, type_, start):
            state.scopes[name] = tuple(a.index for a in context.axes)
            state.values[name] = (
                Pending((), type_.dims, type_.element) if start is None else read(start, state, w, context)
            )
        case ir.Store(name, subs, value):
            stored = read(value, state, w, context)
            container = state.values[name]
            resolved = _static_picks(subs, stmt.span)
            state.values[name] = stores.store(container, resolved, stored, w, context, name, stmt.span)
        case ir.Factor():
            factor(stmt, state, w, context)
        case ir.For(name, lower, upper, inner, kind):
            if kind == "scan":
                from pushforward.compiler.transforms.vectorise.scans import scan

                scan(stmt, state, w, context)
            else:
                block(inner, state, w, context.inside(Axis(name, lower, upper)))
        case ir.Return(fields):
            w.add(replace(stmt, fields=tuple((n, whole(a, state, w, context)) for n, a in fields)))
        case ir.Declare() | ir.Site() | ir.Score() | ir.Total() | ir.If() | ir.Scan() | ir.Split():
            raise AssertionError(f"{type(stmt).__name__} does not reach loop planning")
        case _:
            assert_never(stmt)


def _static_picks(subs: tuple[ir.Sub, ...], span: Span) -> tuple[ir.Sub, ...]:
    if any(isinstance(s, ir.Pick) for s in subs):
        raise not_yet("storing to elements chosen by computed indices", span)
    return subs


def whole(atom: ir.Atom, state: State, w: Writer, context: Context) -> ir.Atom:
    """A returned value as an array of its full shape."""
    return read(atom, state, w, context).atom


def expression(stmt: ir.Let, state: State, w: Writer, context: Context) -> Value:
    """Rewrite the expression of a `let`."""
    expr, name, type_ = stmt.expr, stmt.name, stmt.type
    match expr:
        case ir.Copy(atom):
            return read(atom, state, w, context)
        case ir.Call(_, arguments):
            values = tuple(read(a, state, w, context) for a in arguments)
            return calls.call(expr, values, type_, w, context, name)
        case ir.Select(condition, then, orelse):
            values = tuple(read(a, state, w, context) for a in (condition, then, orelse))
            return _select(expr, values, type_.element, w, context, name)
        case ir.Index(base, subs):
            picks = tuple(read(s.atom, state, w, context) if isinstance(s, ir.Pick) else None for s in subs)
            return index(read(base, state, w, context), subs, picks, w, context, name, expr.span)
        case ir.Stack(items):
            return _stack(expr, tuple(read(a, state, w, context) for a in items), w, context, name)
        case ir.Sample(_, arguments):
            values = tuple(read(a, state, w, context) for _, a in arguments)
            return calls.sample(expr, values, type_, w, context, name)
        case ir.BoundLogProb(_, arguments, at):
            values = tuple(read(a, state, w, context) for _, a in arguments)
            return calls.bound_log_prob(expr, values, read(at, state, w, context), w, context, name)
        case ir.Free() | ir.Zeros() | ir.Weights() | ir.Iota():
            return w.value(Value(ir.Lit(0), (), type_.dims, type_.element), expr, context, name, expr.span)
        case _:
            raise AssertionError(f"{type(expr).__name__} does not reach loop planning")


def _select(expr: ir.Select, values: tuple[Value, ...], element: str, w: Writer, context: Context, name: str) -> Value:
    op = ir.Op("where", "jnp.where", elementwise=True)
    return elementwise(op, values, w, context, name=name, element=element, span=expr.span)


def _stack(expr: ir.Stack, items: tuple[Value, ...], w: Writer, context: Context, name: str) -> Value:
    axes = union(items, context)
    own = max((v.own for v in items), key=len)
    atoms = tuple(broadcast(v, axes, own, w, context) for v in items)
    element = "real" if any(v.element == "real" for v in items) else items[0].element
    like = Value(ir.Lit(0), axes, (Dim.const(len(items)), *own), element, all(v.known for v in items))
    return w.value(like, ir.Stack(atoms, axis=len(axes), span=expr.span), context, name, expr.span)
