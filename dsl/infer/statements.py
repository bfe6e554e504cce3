"""The statements of programs and of function bodies."""

from __future__ import annotations

from dataclasses import replace

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Label
from pushforward.dsl.errors.kinds import DeclaredType, LostValue, NotNumbers, NotScalar, ReturnPlace, TypeNeeded
from pushforward.dsl.errors.names import CannotAssign
from pushforward.dsl.errors.networks import NetworkPlace
from pushforward.dsl.errors.shapes import DeclaredShape, StoreShape
from pushforward.dsl.infer.context import Binding, Context, is_poison, poison
from pushforward.dsl.infer.domains import within_domain
from pushforward.dsl.infer.expressions import expression, index_binding, open_range, subscript_types
from pushforward.dsl.infer.indexing import filled, indexed_type
from pushforward.dsl.infer.networks import is_network, network_type
from pushforward.dsl.infer.operators import converted, is_bool
from pushforward.dsl.infer.sites import declare, site
from pushforward.dsl.infer.sizes import expression_of, origins, size_of
from pushforward.dsl.infer.typeexprs import array_type
from pushforward.dsl.source import Span
from pushforward.dsl.typed import (
    Comprehension,
    Container,
    Expr,
    Factor,
    FieldOf,
    For,
    FormalParameter,
    If,
    Let,
    Parameter,
    Ref,
    Return,
    Size,
    Stage,
    Statement,
    Store,
)  # fmt: skip
from pushforward.dsl.types import INT, Array, Dim, Network, Record

_PROMOTES = {"bool": ("bool", "int", "real"), "int": ("int", "real"), "real": ("real",)}


def statements(ctx: Context, nodes: tuple[tree.Statement, ...]) -> tuple[Statement, ...]:
    """The typed forms of statements; those that were reported are left out."""
    return tuple(s for node in nodes for s in statement(ctx, node))


def statement(ctx: Context, node: tree.Statement) -> tuple[Statement, ...]:
    """The typed form of one statement."""
    match node:
        case tree.Let():
            return let(ctx, node)
        case tree.Declare():
            declare(ctx, node)
            return ()
        case tree.Site():
            found = site(ctx, node)
            return () if found is None else (found,)
        case tree.Assign():
            return assign(ctx, node)
        case tree.For():
            return for_loop(ctx, node)
        case tree.If():
            return branch(ctx, node)
        case tree.Factor(value=value):
            return factor(ctx, value, node.span)
        case tree.Return():
            ctx.report.error(ReturnPlace, node.span, "something may follow this")
        case tree.ExprStatement(value=value):
            if not is_poison(expression(ctx, value)):
                text = node.span.text
                helps = (f"write `factor {text}` to add a log-weight, or `let x = {text}`",)
                ctx.report.error(LostValue, node.span, "its value goes nowhere", helps=helps)
        case tree.Given():
            from pushforward.dsl.infer.densities import given

            return given(ctx, node)
        case tree.Param():
            param(ctx, node)
        case tree.Optimise(sense=sense):
            ctx.later(f"`{sense}`", node.span, "problems are coming")
        case tree.SubjectTo():
            ctx.later("`subject to`", node.span, "constraints are coming")
        case tree.Differential():
            ctx.later("a differential equation", node.span, "processes are coming")
        case tree.Print():
            ctx.later("`print`", node.span, "scripts are coming")
    return ()


def let(ctx: Context, node: tree.Let) -> tuple[Statement, ...]:
    """`let x = e`, `let x: T = e`, `let h: T`."""
    if node.value is None:
        return container(ctx, node)
    value = expression(ctx, node.value)
    if node.type is not None and not is_poison(value):
        type_ = array_type(ctx, node.type)
        value = poison(node.span) if type_ is None else ascribed(ctx, value, type_, node.name, node.type.span)
    size = size_of(ctx, value) if value.stage is Stage.STATIC else None
    unique = ctx.fresh(node.name)
    ctx.define(Binding(node.name, unique, "let", value.type, value.stage, node.span, value=value, size=size))
    return () if is_poison(value) else (Let(unique, value, span=node.span),)


def param(ctx: Context, node: tree.Param) -> None:
    """`param m: vector[2] = [0, 0]`; a number fills an array. `param f: mlp(in=2, out=1, hidden=[64])` is a network."""
    if is_network(node.type):
        network(ctx, node)
        return
    type_ = array_type(ctx, node.type)
    value = None if node.value is None else expression(ctx, node.value)
    if type_ is not None and value is not None and not is_poison(value):
        if isinstance(value.type, Array) and value.type.element != "bool":
            value = converted(value, type_.element)
        if isinstance(value.type, Array) and not value.type.rank:
            value = repeated(ctx, value, type_.dims)
        value = ascribed(ctx, value, type_, node.name, node.type.span, form="param")
    unique = ctx.fresh(node.name)
    shown = type_ if type_ is not None else poison(node.span).type
    ctx.define(Binding(node.name, unique, "argument", shown, Stage.PARAMETER, node.span), outermost=True)
    if type_ is not None and (value is None or not is_poison(value)):
        ctx.params.append(Parameter(unique, type_, value, span=node.span))


def network(ctx: Context, node: tree.Param) -> None:
    """`param f: mlp(in=2, out=1, hidden=[64])`."""
    type_ = network_type(ctx, node.type)
    if node.value is not None:
        ctx.report.error(
            NetworkPlace, node.value.span, "this would be its value", helps=("leave the value out",),
            wrong="begins with random weights",
        )  # fmt: skip
        type_ = None
    unique = ctx.fresh(node.name)
    shown = type_ if type_ is not None else poison(node.span).type
    ctx.define(Binding(node.name, unique, "argument", shown, Stage.PARAMETER, node.span), outermost=True)
    if type_ is not None:
        ctx.params.append(Parameter(unique, type_, span=node.span))


def repeated(ctx: Context, value: Expr, dims: tuple[Dim, ...]) -> Expr:
    """An array that holds one number everywhere."""
    assert isinstance(value.type, Array)
    for dim in reversed(dims):
        index, span = ctx.fresh("i"), value.span
        array = value.type
        assert isinstance(array, Array)
        type_ = Array(array.element, (dim, *array.dims), array.constraint)
        ends = (expression_of(Dim(()), span), Size(dim, type=INT, stage=Stage.STATIC, span=span))
        stage = max(value.stage, Stage.DATA)
        value = Comprehension(index, *ends, value, type=type_, stage=stage, span=span)
    return value


def ascribed(ctx: Context, value: Expr, type_: Array, name: str, place: Span, form: str = "let") -> Expr:
    """A value as the declared type; a poisoned one after reporting that it is not of it."""
    found = value.type
    if not isinstance(found, Array) or type_.element not in _PROMOTES[found.element]:
        ctx.report.error(
            DeclaredType, value.span, f"this is {found}", secondary=(Label(place, "declared here"),), name=name,
            declared=str(type_),
        )  # fmt: skip
        return poison(value.span)
    if found.dims != type_.dims:
        ctx.report.error(
            DeclaredShape, value.span, f"this is {found}",
            secondary=(Label(place, "declared here"), *origins(ctx, *found.dims, *type_.dims)),
            name=name, declared=str(type_),
        )  # fmt: skip
        return poison(value.span)
    value = converted(value, type_.element)
    within_domain(ctx, value, FormalParameter(name, type_), form, law=False)
    assert isinstance(value.type, Array)
    return value if type_.constraint.kind == "none" else replace(value, type=type_)


def container(ctx: Context, node: tree.Let) -> tuple[Statement, ...]:
    """`let h: vector[T]`: elements are stored later."""
    if node.type is None:
        ctx.report.error(TypeNeeded, node.span, "neither a value nor a type", name=node.name)
        return ()
    type_ = array_type(ctx, node.type)
    unique = ctx.fresh(node.name)
    shown = type_ if type_ is not None else poison(node.span).type
    ctx.define(Binding(node.name, unique, "container", shown, Stage.DATA, node.span))
    return () if type_ is None else (Container(unique, type_, span=node.span),)


def assign(ctx: Context, node: tree.Assign) -> tuple[Statement, ...]:
    """`h[t] = e`."""
    value = expression(ctx, node.value)
    target = node.target.value if isinstance(node.target, tree.Subscript) else node.target
    if not isinstance(target, tree.Name):
        ctx.report.error(CannotAssign, node.span, "this is not a name", name=node.target.span.text)
        return ()
    binding = ctx.lookup(target.id)
    if binding is None or binding.kind != "container":
        _cannot_assign(ctx, binding, target.id, node)
        return ()
    if not isinstance(binding.type, Array) or is_poison(value):
        return ()
    whole = Ref(binding.unique, type=binding.type, stage=Stage.DATA, span=target.span)
    if isinstance(node.target, tree.Subscript):
        subs = filled(ctx, whole, subscript_types(ctx, node.target.subscripts), node.target.span)
        if subs is None:
            return ()
        part = indexed_type(ctx, whole, subs)
    else:
        subs, part = (), binding.type
    found = value.type
    fits = isinstance(found, Array) and part.element in _PROMOTES[found.element] and found.dims == part.dims
    if not isinstance(found, Array) or not fits:
        dims = (*found.dims, *part.dims) if isinstance(found, Array) else ()
        ctx.report.error(
            StoreShape,
            value.span,
            f"this is {found}",
            secondary=(Label(node.target.span, f"this is {part}"), *origins(ctx, *dims)),
        )
        return ()
    return (Store(binding.unique, subs, converted(value, part.element), span=node.span),)


def _cannot_assign(ctx: Context, binding: Binding | None, name: str, node: tree.Assign) -> None:
    if binding is None:
        helps = (
            (f"declare it first: `let {name}: vector[N]`",)
            if isinstance(node.target, tree.Subscript)
            else (f"write `let {name} = {node.value.span.text}`",)
        )
        ctx.report.error(CannotAssign, node.target.span, "nothing binds this name", helps=helps, name=name)
        return
    why = {
        "let": "a `let` keeps its value", "argument": "an argument keeps its value", "index": "a loop moves its index",
        "variable": "a random variable is drawn with `~`",
    }.get(binding.kind, "this has its value already")  # fmt: skip
    ctx.report.error(
        CannotAssign, node.target.span, why, secondary=(Label(binding.span, f"`{name}` is defined here"),), name=name
    )


def for_loop(ctx: Context, node: tree.For) -> tuple[Statement, ...]:
    """`for t in a..b { ... }`."""
    loop = open_range(ctx, node.index, node.iterable, node.span)
    if loop is None:
        with ctx.scope():
            _index_unknown(ctx, node)
        return ()
    place = replace_span(node)
    loop = replace(loop, span=place)
    with ctx.scope(), ctx.loop(loop):
        ctx.define(index_binding(loop))
        body = statements(ctx, node.body.statements)
    weight = None if node.weight is None else converted(expression(ctx, node.weight), "real")
    return (For(loop.index, loop.lower, loop.upper, body, weight, span=node.span),)


def replace_span(node: tree.For) -> Span:
    """The head of a loop: `for t in 0..T`."""
    return Span(node.span.source, node.span.start, max(node.iterable.span.end, node.span.start))


def _index_unknown(ctx: Context, node: tree.For) -> None:
    """Names that the body of a loop without meaning defines are not reported as unknown afterwards."""
    from pushforward.dsl.infer.taint import targets

    for name in targets(node.body):
        if ctx.lookup(name) is None:
            value = poison(node.span)
            ctx.scopes[0][name] = Binding(name, name, "alias", value.type, Stage.RANDOM, node.span, value=value)


def branch(ctx: Context, node: tree.If) -> tuple[Statement, ...]:
    """`if c { ... } else { ... }`."""
    condition = expression(ctx, node.condition)
    if is_bool(ctx, condition, "the condition of an `if`"):
        assert isinstance(condition.type, Array)
        if condition.type.rank:
            ctx.report.error(
                NotScalar, node.condition.span, f"this is {condition.type}", what="the condition of an `if`"
            )
            condition = poison(condition.span)
    with ctx.under(condition):
        with ctx.scope():
            then = statements(ctx, node.then.statements)
        with ctx.scope():
            orelse = statements(ctx, node.orelse.statements) if node.orelse is not None else ()
    return () if is_poison(condition) else (If(condition, then, orelse, span=node.span),)


def factor(ctx: Context, node: tree.Expr, span: Span) -> tuple[Statement, ...]:
    """`factor e`: one number."""
    value = expression(ctx, node)
    if is_poison(value):
        return ()
    if not isinstance(value.type, Array) or value.type.rank:
        helps = (f"write `factor sum({node.span.text})`",) if isinstance(value.type, Array) else ()
        ctx.report.error(NotScalar, node.span, f"this is {value.type}", helps=helps, what="a log-weight")
        return ()
    return (Factor(converted(value, "real"), span=span),)


def returned(ctx: Context, node: tree.Return) -> tuple[Statement, ...]:
    """What a program gives back: always a record."""
    match node.value:
        case tree.RecordExpr(fields=fields):
            values = tuple((f.name, _field(ctx, f)) for f in fields)
        case tree.Name(id=name):
            values = ((name, expression(ctx, node.value)),)
        case other:
            values = (("value", expression(ctx, other)),)
    if is_poison(*(v for _, v in values)):
        return ()
    for _, value in values:
        if isinstance(value.type, Network):
            helps = ("apply it: `f(x)`",)
            ctx.report.error(NotNumbers, value.span, f"this is {value.type}", helps=helps, op="return")
            return ()
    before: list[Statement] = []
    flat = [one for name, value in values for one in _flat(ctx, name, value, before)]
    return (*before, Return(tuple(flat), span=node.span))


def _flat(ctx: Context, name: str, value: Expr, before: list[Statement]) -> list[tuple[str, Expr]]:
    """A record that is given back is its fields: `t` is `t_plan` and `t_value`. It is computed once, before."""
    type_ = value.type
    if not isinstance(type_, Record):
        return [(name, value)]
    if not isinstance(value, Ref):
        made = Let(ctx.fresh(name), value, span=value.span)
        before.append(made)
        value = Ref(made.name, type=type_, stage=value.stage, span=value.span)
    fields = ((n, FieldOf(value, n, type=t, stage=value.stage, span=value.span)) for n, t in type_.fields)
    return [one for n, inner in fields for one in _flat(ctx, f"{name}_{n}", inner, before)]


def _field(ctx: Context, field: tree.Field) -> Expr:
    return expression(ctx, tree.Name(field.name, span=field.span) if field.value is None else field.value)
