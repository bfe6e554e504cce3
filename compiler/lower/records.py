"""Records: each of their fields is a value of its own.

    fun both(x: real) = ... return {low, high}      b.low, b.high
    let b = both(1)
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.errors import not_yet
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.expressions import Scope, inner_scope, lower_expr
from pushforward.dsl import typed
from pushforward.dsl.types import Record


def lower_record(e: typed.Expr, scope: Scope, out: Builder) -> dict[str, ir.Atom]:
    """Write the steps that compute a record; what each field is, by its name."""
    match e:
        case typed.Solve():
            from pushforward.compiler.lower.solves import lower_solve

            return lower_solve(e, scope, out)
        case typed.RecordExpr(fields):
            return {n: lower_expr(v, scope, out) for n, v in fields}
        case typed.Ref(name) if isinstance(e.type, Record):
            return {n: scope.values[f"{name}.{n}"] for n, _ in e.type.fields}
        case typed.Apply(function) if function.body is not None:
            from pushforward.compiler.lower.statements import lower_statements

            with out.at(e.span):
                called = replace(inner_scope(e, scope, out), inlined=True)
                inside = lower_statements(function.body.statements, called, out)
                return lower_record(function.body.result, inside, out)
        case _:
            raise not_yet("a record in the middle of an expression", e.span)
