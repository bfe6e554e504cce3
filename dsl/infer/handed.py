"""`f(x) by newton(steps=20) @ unroll`: what a function solves inside, solved as its call says.

    fun f(x: real) = root u { u + exp(u) - x } by newton()

The clauses take the place of those that the holes in the body of the function have, and of the functions that it calls:
`by` that of `by`, `@` that of `@`. The function is typed anew with them.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Diagnostic
from pushforward.dsl.errors.solvers import NothingSolved
from pushforward.dsl.infer.calls import Given, call
from pushforward.dsl.infer.context import Context, is_poison, poison
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.typed import Expr


def handed(ctx: Context, node: tree.Call, method: tree.Method) -> Expr:
    """The call of a function whose holes are solved by `method`."""
    assert isinstance(node.function, tree.Name)
    name = node.function.id
    given = tuple(Given(a.name, expression(ctx, a.value), a.span) for a in node.arguments)
    if is_poison(*(g.value for g in given)):
        return poison(node.span)
    if not ctx.known.is_function(name) or not solves(ctx, name):
        label = "nothing in it is solved" if ctx.known.is_function(name) else "this is no function of the language"
        ctx.report.error(NothingSolved, node.function.span, label, name=name)
        return poison(node.span)
    written = tuple(
        replace(f, body=_with(ctx, f.body, method)) if not isinstance(f.body, tree.Extern) else f
        for f in ctx.known.trees(name)
    )
    report = Report()
    entries = ctx.known.typed_anew(name, written, report)
    _passed_on(ctx, report, method)
    return call(ctx, entries, given, node.span) if entries else poison(node.span)


def solves(ctx: Context, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether something is solved in the body of a function, or of one that it calls."""
    if name in seen:
        return False
    bodies = [f.body for f in ctx.known.trees(name) if not isinstance(f.body, tree.Extern)]
    return any(_is_solved(ctx, piece, seen | {name}) for body in bodies for piece in nodes_of(body))


def _is_solved(ctx: Context, node: tree.Node, seen: frozenset[str]) -> bool:
    match node:
        case tree.Solve() | tree.Integrate():
            return True
        case tree.Call(function=tree.Name(id=name)):
            return solves(ctx, name, seen)
        case _:
            return False


def _with(ctx: Context, node: Any, method: tree.Method) -> Any:
    """A body with the clauses of `method` at its holes. What stands inside of a hole has clauses of its own."""
    match node:
        case tree.Hole(value=value, method=own) if _is_solved(ctx, value, frozenset()):
            by = method.algorithm if method.algorithm is not None else own.algorithm
            at = method.derivative if method.derivative is not None else own.derivative
            return replace(node, method=replace(method, algorithm=by, derivative=at))
        case tree.Solve() | tree.Integrate():
            return tree.Hole(node, method, span=node.span)
        case tree.Call() if _is_solved(ctx, node, frozenset()):
            return tree.Hole(replace(node, arguments=_with(ctx, node.arguments, method)), method, span=node.span)
        case tuple():
            return tuple(_with(ctx, item, method) for item in node)
        case tree.Node():
            parts = {f.name: _with(ctx, getattr(node, f.name), method) for f in fields(node) if f.name != "span"}
            return replace(node, **parts)
        case _:
            return node


def _passed_on(ctx: Context, report: Report, method: tree.Method) -> None:
    """What is wrong with the clauses is told where they are written."""
    def here(d: Diagnostic) -> Diagnostic:
        inside = d.primary.span.source == method.span.source
        return d if inside else replace(d, primary=replace(d.primary, span=method.span))

    for found in report.errors:
        ctx.report.add(here(found))
    for found in report.not_yet:
        ctx.report.add(here(found))
