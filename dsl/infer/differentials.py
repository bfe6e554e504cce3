"""`grad(f)(x)` and `hessian(f)(x)`: derivatives of a function of one argument, at a value of it.

f is `fun(u) = e`, or the name of a function, or its call with what follows its first argument: `loss(X, y)` stands for
`fun(u) = loss(u, X, y)`. What it gives is one number.
"""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.errors.solvers import DerivativeOf
from pushforward.dsl.infer.context import Binding, Context, is_poison, poison
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.operators import converted
from pushforward.dsl.infer.statements import statements
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Algorithm, Body, Expr, Solve, Stage, Unknown
from pushforward.dsl.types import REAL, Array

#: The operators, with the form in which each is written.
FORMS = {"grad": "grad(fun(u) = dot(u, u))(x)", "hessian": "hessian(fun(u) = dot(u, u))(x)"}

_EXACT, _INHERITED = Algorithm("exact", ""), Algorithm("inherited", "")


def is_differential(node: tree.Call) -> bool:
    """Whether a call is that of a derivative."""
    match node.function:
        case tree.Call(function=tree.Name(id=name)):
            return name in FORMS
        case _:
            return False


def differential(ctx: Context, node: tree.Call) -> Expr:
    """The typed form; poison after a report."""
    inner = node.function
    assert isinstance(inner, tree.Call) and isinstance(inner.function, tree.Name)
    kind = inner.function.id
    for call in (inner, node):
        if len(call.arguments) != 1 or call.arguments[0].name is not None:
            return refused(ctx, kind, call.span, "it takes one function, and what it gives one value")
    point = expression(ctx, node.arguments[0].value)
    if is_poison(point):
        return poison(node.span)
    if not isinstance(point.type, Array) or point.type.element == "bool":
        return refused(ctx, kind, point.span, f"this is {point.type}")
    if kind == "hessian" and point.type.rank > 1:
        return refused(ctx, kind, point.span, f"this is {point.type}: write the matrix as a vector, or take `grad`")
    return _typed(ctx, node, kind, inner.arguments[0].value, point)


def _typed(ctx: Context, node: tree.Call, kind: str, function: tree.Expr, point: Expr) -> Expr:
    """The function as a body, at a point of the right type."""
    assert isinstance(point.type, Array)
    place, dims = Array("real", point.type.dims), point.type.dims
    taken = _body(function, ctx)
    if taken is None:
        return refused(ctx, kind, function.span, "this is no function of one argument")
    written, block = taken
    with ctx.scope():
        unique = ctx.fresh(written)
        ctx.define(Binding(written, unique, "argument", place, Stage.RANDOM, function.span))
        ctx.used.add(unique)
        *before, last = block.statements or (tree.ExprStatement(tree.Number(0), span=block.span),)
        first = statements(ctx, tuple(before))
        value = expression(ctx, last.value) if isinstance(last, tree.Return | tree.ExprStatement) else None
    if value is None:
        return refused(ctx, kind, last.span, "the last statement must be the value, an expression")
    if is_poison(value):
        return value
    if not isinstance(value.type, Array) or value.type.rank:
        return refused(ctx, kind, value.span, f"this is {value.type}, not a number")
    unknown = Unknown(unique, place, False, converted(point, "real"), span=point.span)
    type_ = Array("real", dims if kind == "grad" else dims + dims) if dims else REAL
    return Solve(
        "grad" if kind == "grad" else "hessian", (unknown,), (("objective", Body(first, converted(value, "real"))),),
        _EXACT, _INHERITED, type=type_, stage=max(point.stage, Stage.DATA, _stage(ctx, function)), span=node.span,
    )  # fmt: skip


def _stage(ctx: Context, function: tree.Expr) -> Stage:
    """The stage of what the function reads from around it."""
    if any(isinstance(n, tree.LogDensity) for n in nodes_of(function)):
        return Stage.RANDOM
    bindings = (ctx.lookup(n.id) for n in nodes_of(function) if isinstance(n, tree.Name))
    return max((b.stage for b in bindings if b is not None), default=Stage.DATA)


def _body(function: tree.Expr, ctx: Context) -> tuple[str, tree.Block] | None:
    """The name of the argument, and the statements that end in the value; None if it is no such function."""
    match function:
        case tree.Lambda(parameters=(argument,), body=tree.Block() as block):
            return argument.name, block
        case tree.Lambda(parameters=(argument,), body=body):
            assert not isinstance(body, tree.Block)
            return argument.name, _alone(body)
        case tree.Call(function=tree.Name() as named, arguments=rest):
            pass
        case tree.Name() as named:
            rest = ()
        case _:
            return None
    if not ctx.known.is_function(named.id):
        return None
    written = ctx.fresh("u")
    first = tree.Argument(None, tree.Name(written, span=function.span), span=function.span)
    return written, _alone(tree.Call(named, (first, *rest), span=function.span))


def _alone(value: tree.Expr) -> tree.Block:
    return tree.Block((tree.Return(value, span=value.span),), span=value.span)


def refused(ctx: Context, kind: str, span: Span, label: str) -> Expr:
    """Report a derivative that is not one."""
    ctx.report.error(DerivativeOf, span, label, helps=(f"write `{FORMS[kind]}`",), name=kind)
    return poison(span)
