"""A typed program to a program of the core."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.densities import ONE, lower_value
from pushforward.compiler.lower.expressions import Scope, bound_atom, lower_expr
from pushforward.compiler.lower.statements import lower_statement
from pushforward.dsl import typed
from pushforward.dsl.types import Array, Dim, Network

#: The weights of a network as one opaque value.
NETWORK = Array("network")


def lower(program: typed.TypedProgram) -> ir.Program:
    """Structured core of a program. A `Declare` stands before the first statement in which a variable has a
    site, so that its bounds may mention what comes earlier.
    """
    scalars = {p.name for p in program.parameters if _is_static(p)}
    statics = (*program.dims, *(p.name for p in program.parameters if p.name in scalars - set(program.dims)))
    scope = Scope({}, {name: Dim.name(name) for name in statics})
    fresh = Fresh(_names(program))
    out = Builder(fresh)
    sited = frozenset(_sites(program.body))
    declared: set[str] = set()
    for param in program.params:
        _declare_param(param, scope, out)
    for variable in program.variables:
        if variable.name not in sited:  # no prior: flat on its type, as the checker has warned
            _declare(variable, scope, out)
            declared.add(variable.name)
    for stmt in program.body:
        for variable in program.variables:
            if variable.name not in declared and variable.name in set(_sites((stmt,))):
                declared.add(variable.name)
                _declare(variable, scope, out)
        scope = _lower(stmt, program.kind, scope, out)
    inputs = tuple(
        ir.Input(p.name, scope.array(p.type), "data", span=p.span) for p in program.parameters if p.name not in statics
    )
    variables = tuple(
        ir.Variable(v.name, Array(v.type.element, v.type.dims, v.type.constraint), span=v.span)
        for v in program.variables
    )
    params = tuple(
        ir.Variable(p.name, NETWORK if isinstance(p.type, Network) else scope.array(p.type), span=p.span)
        for p in program.params
    )
    return ir.Program(
        program.name, statics, inputs, variables, tuple(out.statements), program.doc, params=params, span=program.span
    )


def lower_declarations(program: typed.TypedProgram) -> ir.Program:
    """The parameters of a program, without its body."""
    return lower(replace(program, body=(), variables=()))


def lower_initial(program: typed.TypedProgram) -> tuple[ir.Program, tuple[tuple[str, ir.Atom], ...]]:
    """The declarations of the parameters of a program, and what each is at the start: networks have random weights, and
    other parameters may have none.
    """
    whole = lower_declarations(program)
    statics = {n: Dim.name(n) for n in whole.statics}
    scope, out = Scope({}, statics), Builder(Fresh(_names(program)))
    values: list[tuple[str, ir.Atom]] = []
    for place, param in enumerate(program.params):
        if isinstance(param.type, Network):
            type_ = param.type.mapped(scope.dim)
            weights = ir.Weights(type_.kind, type_.settings, place, span=param.span)
            values.append((param.name, out.let(NETWORK, weights, span=param.span)))
        elif param.value is not None:
            values.append((param.name, lower_expr(param.value, scope, out)))
    return replace(whole, body=(*out.statements, *whole.body)), tuple(values)


def _lower(stmt: typed.Statement, kind: str, scope: Scope, out: Builder) -> Scope:
    """One statement; what an objective returns becomes factors."""
    if kind == "objective" and isinstance(stmt, typed.Return):
        for _, value in stmt.fields:
            lower_value(value, ONE, scope, out)
        return scope
    return lower_statement(stmt, scope, out)


def _declare_param(param: typed.Parameter, scope: Scope, out: Builder) -> None:
    if isinstance(param.type, Network):
        out.add(ir.Declare(param.name, NETWORK, None, None, "param", span=param.span))
        return
    constraint = param.type.constraint
    lower_, upper = (bound_atom(b, scope, out) for b in (constraint.lower, constraint.upper))
    type_ = Array(param.type.element, tuple(scope.dim(d) for d in param.type.dims), constraint)
    out.add(ir.Declare(param.name, type_, lower_, upper, "param", span=param.span))


def _declare(variable: typed.Variable, scope: Scope, out: Builder) -> None:
    constraint = variable.type.constraint
    lower_, upper = (bound_atom(b, scope, out) for b in (constraint.lower, constraint.upper))
    out.add(ir.Declare(variable.name, variable.type, lower_, upper, span=variable.span))


def _is_static(parameter: typed.FormalParameter) -> bool:
    t = parameter.type
    return isinstance(t, Array) and t.element == "int" and t.rank == 0


def _sites(body: Iterable[typed.Statement]) -> Iterator[str]:
    for stmt in body:
        match stmt:
            case typed.Site():
                yield stmt.address
            case typed.For():
                yield from _sites(stmt.body)
            case typed.If():
                yield from _sites(stmt.then)
                yield from _sites(stmt.orelse)
            case _:
                pass


def _names(program: typed.TypedProgram) -> Iterator[str]:
    yield from program.dims
    yield from (p.name for p in program.parameters)
    yield from (v.name for v in program.variables)
    yield from (p.name for p in program.params)
    yield from _bound(program.body)


def bound_names(body: Iterable[typed.Statement]) -> frozenset[str]:
    """The names that statements bind, in inner blocks too."""
    return frozenset(_bound(body)) | frozenset(_indices(body))


def _indices(body: Iterable[typed.Statement]) -> Iterator[str]:
    """The indices of loops, in inner blocks too."""
    for stmt in body:
        for inner in _densities(stmt):
            yield from _indices(inner.body)
        match stmt:
            case typed.For():
                yield stmt.index
                yield from _indices(stmt.body)
            case typed.If():
                yield from _indices((*stmt.then, *stmt.orelse))
            case _:
                pass


def _bound(body: Iterable[typed.Statement]) -> Iterator[str]:
    for stmt in body:
        for inner in _densities(stmt):
            yield from _bound(inner.body)
        match stmt:
            case typed.Let(name) | typed.Container(name):
                yield name
            case typed.For():
                yield from _bound(stmt.body)
            case typed.If():
                yield from _bound(stmt.then)
                yield from _bound(stmt.orelse)
            case _:
                pass


def _densities(node: object) -> Iterator[typed.LogDensity]:
    """The densities in the expressions of a statement; those in one of them are in its body."""
    if isinstance(node, typed.LogDensity):
        yield node
    elif isinstance(node, tuple):
        for item in node:
            yield from _densities(item)
    elif isinstance(node, typed.Node):
        for f in fields(node):
            if f.name not in ("span", "type", "function", "distribution"):
                yield from _densities(getattr(node, f.name))
