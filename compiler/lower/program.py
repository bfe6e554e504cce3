"""A typed program to a program of the core."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.expressions import Scope, lower_expr
from pushforward.compiler.lower.statements import lower_statement
from pushforward.dsl import typed
from pushforward.dsl.types import Array, Dim


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
    for variable in program.variables:
        if variable.name not in sited:  # no prior: flat on its type, as the checker has warned
            _declare(variable, scope, out)
            declared.add(variable.name)
    for stmt in program.body:
        for variable in program.variables:
            if variable.name not in declared and variable.name in set(_sites((stmt,))):
                declared.add(variable.name)
                _declare(variable, scope, out)
        scope = lower_statement(stmt, scope, out)
    inputs = tuple(
        ir.Input(p.name, scope.array(p.type), "data", span=p.span) for p in program.parameters if p.name not in statics
    )
    variables = tuple(
        ir.Variable(v.name, Array(v.type.element, v.type.dims, v.type.constraint), span=v.span)
        for v in program.variables
    )
    return ir.Program(program.name, statics, inputs, variables, tuple(out.statements), program.doc, span=program.span)


def _declare(variable: typed.Variable, scope: Scope, out: Builder) -> None:
    constraint = variable.type.constraint

    def bound(value: typed.Expr | float | None) -> ir.Atom | None:
        if value is None or isinstance(value, (int, float)):
            return None if value is None else ir.Lit(float(value))
        atom = lower_expr(value, scope, out)
        return atom

    lower_, upper = bound(constraint.lower), bound(constraint.upper)
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
    yield from _bound(program.body)


def _bound(body: Iterable[typed.Statement]) -> Iterator[str]:
    for stmt in body:
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
