"""The type of each form of expression."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from pushforward.dsl import tree
from pushforward.dsl.errors.indices import BoundNotStatic, NotARange, RangeNotInteger
from pushforward.dsl.errors.kinds import NoField, StringValue
from pushforward.dsl.errors.names import LawAsValue, NotAFunction, ProgramAsValue, UnknownFunction
from pushforward.dsl.infer.calls import Given, call
from pushforward.dsl.infer.context import Binding, Context, Loop, is_poison, joined, poison, settle
from pushforward.dsl.infer.indexing import Ends, index
from pushforward.dsl.infer.intervals import Interval, constraint_of
from pushforward.dsl.infer.names import nearest, read
from pushforward.dsl.infer.networks import network_call, stopped
from pushforward.dsl.infer.operators import array_of, binary, choice, transpose, unary
from pushforward.dsl.infer.sizes import static_size
from pushforward.dsl.infer.walk import names_in, renamed
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Comprehension, Const, Expr, ExprNode, FieldOf, RecordExpr, Size, Stage, Transformed
from pushforward.dsl.types import BOOL, INT, REAL, UNCONSTRAINED, Array, Constraint, Dim, Network, Record, Unknown

_HOLES = {
    tree.Expect: "`expect`", tree.Lambda: "`fun` as a value", tree.At: "`at`",
    tree.Hole: "`by` and `@`",
}  # fmt: skip


def expression(ctx: Context, node: tree.Expr) -> Expr:
    """The typed form of an expression; a poisoned one when something in it was reported."""
    span = node.span
    match node:
        case tree.Number(value=value):
            whole = isinstance(value, int)
            return Const(value, type=INT if whole else REAL, stage=Stage.STATIC if whole else Stage.DATA, span=span)
        case tree.Bool(value=truth):
            return Const(truth, type=BOOL, stage=Stage.STATIC, span=span)
        case tree.String():
            ctx.report.error(StringValue, span, "text has no meaning inside a program")
            return poison(span)
        case tree.Name(id=name):
            return read(ctx, name, span)
        case tree.Unary(op="-" | "+" | "!" as op, operand=operand):
            return unary(ctx, op, expression(ctx, operand), span)
        case tree.Unary(op=op):
            return ctx.later(f"`{op}`", span, "expectations inside programs are coming")
        case tree.Binary(op="|"):
            return ctx.later("conditioning `|`", span, "conditioned programs as values are coming")
        case tree.Binary(op=op, left=left, right=right):
            return binary(ctx, op, expression(ctx, left), expression(ctx, right), span)
        case tree.Transpose(operand=operand):
            return transpose(ctx, expression(ctx, operand), span)
        case tree.IfExpr(condition=condition, then=then, orelse=orelse):
            test = expression(ctx, condition)
            with ctx.under(test):
                branches = expression(ctx, then), expression(ctx, orelse)
            return choice(ctx, test, *branches, span)
        case tree.Subscript(value=value, subscripts=subscripts):
            return index(ctx, expression(ctx, value), subscript_types(ctx, subscripts), span)
        case tree.ListExpr(items=items):
            return array_of(ctx, tuple(expression(ctx, i) for i in items), span)
        case tree.Comprehension(element=element, clauses=clauses):
            return comprehension(ctx, element, clauses, span)
        case tree.Call():
            return function_call(ctx, node)
        case tree.RecordExpr(fields=fields):
            return record(ctx, fields, span)
        case tree.Attribute(value=value, name=name):
            return field_of(ctx, expression(ctx, value), name, span)
        case tree.Size(dim=dim):
            dim = dim_here(ctx, dim)
            ctx.needs_static |= dim.names
            return Size(dim, type=INT, stage=Stage.STATIC, span=span)
        case tree.Transformed():
            return transformed(ctx, node)
        case tree.LogDensity(body=body):
            from pushforward.dsl.infer.densities import log_density

            return log_density(ctx, body, span)
        case tree.Range():
            ctx.report.error(NotARange, span, "a range stands only after `in`", helps=("write `[i for i in a..b]`",))
            return poison(span)
        case tree.Solve():
            return _solve(ctx, node, None)
        case tree.Hole(value=tree.Solve() as hole, method=method):
            return _solve(ctx, hole, method)
        case tree.Integrate():
            return _integrate(ctx, node, None)
        case tree.Hole(value=tree.Integrate() as integral, method=method):
            return _integrate(ctx, integral, method)
        case tree.Hole(value=tree.Call(function=tree.Name()) as solved, method=method):
            return _handed(ctx, solved, method)
        case tree.Hole(value=tree.Attribute(value=whole, name=name), method=method):
            return field_of(ctx, expression(ctx, tree.Hole(whole, method, span=span)), name, span)
        case tree.Bridge() | tree.Hole(value=tree.Bridge()):
            return ctx.later("`bridge`", span, "a bridge is a value of a script")
        case tree.Run(verb=verb):
            return ctx.later(f"`{verb}`", span, "scripts are coming")
        case _:
            return ctx.later(_HOLES[type(node)], span, "holes in programs are coming")


def _solve(ctx: Context, node: tree.Solve, method: tree.Method | None) -> Expr:
    from pushforward.dsl.infer.solves import solve

    return solve(ctx, node, method)


def _handed(ctx: Context, node: tree.Call, method: tree.Method) -> Expr:
    from pushforward.dsl.infer.handed import handed

    return handed(ctx, node, method)


def _integrate(ctx: Context, node: tree.Integrate, method: tree.Method | None) -> Expr:
    from pushforward.dsl.infer.integrals import integrate

    return integrate(ctx, node, method)


def transformed(ctx: Context, node: tree.Transformed) -> Expr:
    """A constrained value, or its log-Jacobian, as a function of a part of a free vector."""
    vector = expression(ctx, node.vector)
    if is_poison(vector):
        return vector
    of = _bounds_here(ctx, node.type)
    type_ = REAL if node.jacobian else of
    stage = max(vector.stage, Stage.DATA)
    return Transformed(of, vector, dim_here(ctx, node.offset), node.jacobian, type=type_, stage=stage, span=node.span)


def _bounds_here(ctx: Context, type_: Array) -> Array:
    """A type whose bounds are typed already and mention names of the text, with what these are called here."""
    constraint = type_.constraint
    for side in ("lower", "upper"):
        bound = getattr(constraint, side)
        if not isinstance(bound, ExprNode):
            continue
        for name in names_in(cast(Expr, bound)):
            binding = ctx.lookup(name)
            if binding is not None and binding.unique != name:
                bound = renamed(cast(Expr, bound), name, binding.unique)
        constraint = replace(constraint, **{side: bound})
    return replace(type_, dims=tuple(dim_here(ctx, d) for d in type_.dims), constraint=constraint)


def dim_here(ctx: Context, dim: Dim) -> Dim:
    """A size in whose place a `let` may stand, as in `let D = size(x)`."""

    def look(name: str) -> Dim | None:
        binding = ctx.lookup(name)
        return None if binding is None or binding.kind != "let" else binding.size

    return dim.substitute(look)


def subscript_types(ctx: Context, subscripts: tuple[tree.Expr | tree.Slice, ...]) -> tuple[Expr | Ends, ...]:
    """Subscripts with their types."""

    def end(node: tree.Expr | None) -> Expr | None:
        return None if node is None else expression(ctx, node)

    return tuple(
        Ends(end(s.lower), end(s.upper), s.span) if isinstance(s, tree.Slice) else expression(ctx, s)
        for s in subscripts
    )


def function_call(ctx: Context, node: tree.Call) -> Expr:
    """`f(a, name=b)`."""
    from pushforward.dsl.infer.differentials import FORMS, differential, is_differential, refused

    span = node.span
    if is_differential(node):
        return differential(ctx, node)
    if isinstance(node.function, tree.Name) and node.function.id in FORMS and _is_free(ctx, node.function):
        return refused(ctx, node.function.id, span, "this is a function; it wants a value behind it")
    given = tuple(Given(a.name, expression(ctx, a.value), a.span) for a in node.arguments)
    if _calls_network(ctx, node.function):
        network = expression(ctx, node.function)
        return network if is_poison(network) else network_call(ctx, network, given, span, node.function.span.text)
    if not isinstance(node.function, tree.Name):
        return ctx.later("a call of a computed function", span, "functions as values are coming")
    name, place = node.function.id, node.function.span
    if name == "stop" and len(given) == 1 and isinstance(given[0].value.type, Network):
        return stopped(given[0].value, span)
    entries = ctx.known.functions(name, ctx.report, place)
    if entries:
        return call(ctx, entries, given, span)
    if ctx.known.is_law(name) or name == "mixture":
        ctx.report.error(
            LawAsValue, span, "a distribution is not a value",
            helps=(f"draw from it with a site: `x ~ {span.text}`",), name=name,
        )  # fmt: skip
    elif ctx.known.program(name) is not None:
        ctx.report.error(ProgramAsValue, place, "a program is not a function", name=name)
    elif ctx.known.is_function(name):
        ctx.incomplete = True  # its declaration was reported
    elif ctx.lookup(name) is not None:
        binding = ctx.lookup(name)
        assert binding is not None
        ctx.report.error(
            NotAFunction, place, f"this is {binding.type}", helps=(f"write `{name}[...]` for its elements",), name=name
        )
    else:
        near = nearest(name, ctx.known.names())
        helps = (f"did you mean `{near}`?",) if near else ()
        ctx.report.error(UnknownFunction, place, "no function has this name", helps=helps, name=name)
    return poison(span)


def _is_free(ctx: Context, name: tree.Name) -> bool:
    """Whether nothing else has a name of the language."""
    return ctx.lookup(name.id) is None and not ctx.known.is_function(name.id) and ctx.known.program(name.id) is None


def _calls_network(ctx: Context, function: tree.Expr) -> bool:
    """Whether what is called is a network: a parameter (or one that was reported), or `stop(f)`."""
    match function:
        case tree.Name(id=name):
            binding = ctx.lookup(name)
            return binding is not None and isinstance(binding.type, Network | Unknown)
        case tree.Call(function=tree.Name(id="stop"), arguments=(argument,)):
            return _calls_network(ctx, argument.value)
        case _:
            return False


def open_range(ctx: Context, name: str, iterable: tree.Expr, span: Span) -> Loop | None:
    """The loop `name in a..b`, its index not bound yet; None after a report."""
    if not isinstance(iterable, tree.Range):
        if isinstance(iterable, tree.Call) and iterable.function == tree.Name("batch") and len(iterable.arguments) == 2:
            return whole_batch(ctx, name, iterable, span)
        value = expression(ctx, iterable)
        if not is_poison(value):
            text = iterable.span.text
            helps = (f"write `0..size({text})` and `{text}[{name}]`",) if isinstance(value.type, Array) else ()
            if value.type == INT:
                helps = (f"write `0..{text}`",)
            ctx.report.error(NotARange, iterable.span, f"this is {value.type}", helps=helps)
        return None
    ends = [expression(ctx, e) for e in (iterable.lower, iterable.upper)]
    if is_poison(*ends):
        return None
    sizes: list[Dim] = []
    for end in ends:
        if not isinstance(end.type, Array) or end.type.element != "int" or end.type.rank:
            ctx.report.error(RangeNotInteger, end.span, f"this is {end.type}")
            return None
        size = static_size(ctx, end)
        if size is None:
            _not_static(ctx, end, name)
            return None
        ctx.needs_static |= size.names
        sizes.append(size)
    unique = ctx.fresh(name)
    return Loop(unique, name, ends[0], ends[1], sizes[0], sizes[1], span)


def whole_batch(ctx: Context, name: str, call: tree.Call, span: Span) -> Loop | None:
    """The loop `name in batch(N, B)` where no objective draws batches: over all of 0..N."""
    whole, part = (a.value for a in call.arguments)
    expression(ctx, part)
    return open_range(ctx, name, tree.Range(tree.Number(0, "0", span=span), whole, span=call.span), span)


def _not_static(ctx: Context, end: Expr, name: str) -> None:
    helps: tuple[str, ...] = ("use a size of the data: a dimension name, an `int` argument, `size(x)`",)
    if end.stage is Stage.DATA and names_in(end) & {loop.index for loop in ctx.loops}:
        helps = (f"let `{name}` go over all, and choose inside: `if {name} < {end.span.text} then ... else 0`",)
    ctx.report.error(BoundNotStatic, end.span, "this is only known when the program runs", helps=helps)


def index_binding(loop: Loop) -> Binding:
    """What the index of a loop means in its body."""
    least, most = loop.low.value, loop.high.value
    known = Interval(-float("inf") if least is None else least, float("inf") if most is None else most - 1)
    if least is None:
        known = Interval(0 if not any(c < 0 for _, c in loop.low.terms) else -float("inf"), known.hi)
    type_ = Array("int", (), constraint_of(known))
    return Binding(loop.written, loop.index, "index", type_, Stage.DATA, loop.span, size=Dim.name(loop.index))


def comprehension(ctx: Context, element: tree.Expr, clauses: tuple[tree.Clause, ...], span: Span) -> Expr:
    """`[e for i in a..b for j in c..d]`: the first clause is the outermost dimension."""
    if not clauses:
        return expression(ctx, element)
    first, *rest = clauses
    loop = open_range(ctx, first.index, first.iterable, first.span)
    if loop is None:
        return poison(span)
    with ctx.scope(), ctx.loop(loop):
        ctx.define(index_binding(loop))
        inner = comprehension(ctx, element, tuple(rest), span)
    if is_poison(inner):
        return inner
    if not isinstance(inner.type, Array):
        ctx.report.error(NotARange, inner.span, f"a list cannot hold {inner.type}")
        return poison(span)
    type_ = Array(inner.type.element, (loop.high - loop.low, *inner.type.dims), _free_of(inner.type.constraint, loop))
    stage = settle(type_, joined(inner, loop.lower, loop.upper))
    return Comprehension(loop.index, loop.lower, loop.upper, inner, type=type_, stage=stage, span=span)


def _free_of(constraint: Constraint, loop: Loop) -> Constraint:
    """A constraint outside a loop: bounds that may mention its index are forgotten."""
    fixed = all(b is None or isinstance(b, int | float) for b in (constraint.lower, constraint.upper))
    return constraint if fixed else UNCONSTRAINED


def record(ctx: Context, fields: tuple[tree.Field, ...], span: Span) -> Expr:
    """`{a, b = 2}`."""
    values = tuple((f.name, read(ctx, f.name, f.span) if f.value is None else expression(ctx, f.value)) for f in fields)
    if is_poison(*(v for _, v in values)):
        return poison(span)
    type_ = Record(tuple((n, v.type) for n, v in values))
    return RecordExpr(values, type=type_, stage=max(joined(*(v for _, v in values)), Stage.DATA), span=span)


def field_of(ctx: Context, value: Expr, name: str, span: Span) -> Expr:
    """`value.name`."""
    if is_poison(value):
        return value
    fields = dict(value.type.fields) if isinstance(value.type, Record) else {}
    if name not in fields:
        near = nearest(name, fields)
        helps = (f"did you mean `{near}`?",) if near else ()
        ctx.report.error(NoField, span, f"this is {value.type}", helps=helps, name=name)
        return poison(span)
    return FieldOf(value, name, type=fields[name], stage=value.stage, span=span)
