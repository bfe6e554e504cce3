"""Typed statements to statements of the core."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from pushforward.compiler.core import ir
from pushforward.compiler.errors import not_yet
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.densities import ONE, has_density, lower_value, scaled_factor, score, times
from pushforward.compiler.lower.expressions import Scope, lower_expr, lower_law, lower_size, lower_subs
from pushforward.dsl import typed
from pushforward.dsl.types import Dim, Record


def lower_statements(body: Iterable[typed.Statement], scope: Scope, out: Builder) -> Scope:
    """Write statements. The scope that comes back knows their `let`s."""
    for stmt in body:
        scope = lower_statement(stmt, scope, out)
    return scope


def lower_statement(stmt: typed.Statement, scope: Scope, out: Builder) -> Scope:
    """Write one statement."""
    match stmt:
        case typed.Let(name, value) if isinstance(value.type, Record):
            from pushforward.compiler.lower.records import lower_record

            for field, atom in lower_record(value, scope, out).items():
                scope = scope.bind(f"{name}.{field}", atom)
            return scope
        case typed.Let(name, value):
            atom = lower_expr(value, scope, out, _name(name, scope, out))
            return scope if atom == ir.Var(name) else scope.bind(name, atom)
        case typed.Container(name, type_):
            target = _name(name, scope, out)
            out.add(ir.Container(target, scope.array(type_), span=stmt.span))
            return scope.bind(name, ir.Var(target))
        case typed.Store(name, subs, value):
            atom = lower_expr(value, scope, out)
            container = scope.values.get(name, ir.Var(name))
            assert isinstance(container, ir.Var)
            out.add(ir.Store(container.name, lower_subs(subs, scope, out), atom, span=stmt.span))
            return scope
        case typed.Site(address, subs, law) if scope.inlined and not subs:
            target = out.fresh(address)
            draw = ir.Draw(lower_law(law, scope, out, stmt.span), span=stmt.span)
            out.let(scope.array(stmt.value), draw, name=target, span=stmt.span)
            return scope.bind(address, ir.Var(target))
        case typed.Site() if scope.scale is not None:
            score(stmt, scope, out)
            return scope
        case typed.Site():
            return _site(stmt, scope, out)
        case typed.For(name, lower, upper, body, weight):
            low, high = lower_size(lower, scope, out), lower_size(upper, scope, out)
            index = out.fresh(name)
            inner = scope.bind(name, ir.Size(Dim.name(index)))
            if weight is not None and scope.scale is not None:
                by = times(scope.scale, lower_expr(weight, scope, out), out, stmt.span)
                inner = replace(inner, scale=by)
            with out.block() as statements:
                lower_statements(body, inner, out)
            out.add(ir.For(index, low, high, tuple(statements), span=stmt.span))
            return scope
        case typed.If(condition, then, orelse):
            test = lower_expr(condition, scope, out)
            with out.block() as yes:
                lower_statements(then, scope, out)
            with out.block() as no:
                lower_statements(orelse, scope, out)
            out.add(ir.If(test, tuple(yes), tuple(no), span=stmt.span))
            return scope
        case typed.Factor(value) if has_density(value):
            lower_value(value, scope.scale or ONE, replace(scope, scale=None), out)
            return scope
        case typed.Factor(value) if scope.scale is not None:
            scaled_factor(value, scope.scale, scope, out, stmt.span)
            return scope
        case typed.Factor(value):
            out.add(ir.Factor(lower_expr(value, scope, out), "factor", span=stmt.span))
            return scope
        case typed.Return(fields):
            values = tuple((n, lower_expr(e, scope, out)) for n, e in fields)
            out.add(ir.Return(values, span=stmt.span))
            return scope
        case _:
            assert_never(stmt)


def _site(stmt: typed.Site, scope: Scope, out: Builder) -> Scope:
    law = lower_law(stmt.law, scope, out, stmt.span)
    subs = lower_subs(stmt.subs, scope, out)
    if any(isinstance(s, ir.Pick) and not isinstance(s.atom, ir.Var) for s in subs):
        raise not_yet("a site on elements chosen by a computed index", stmt.span)
    value, flags = scope.array(stmt.value), (stmt.truncated, stmt.observes, stmt.strategy)
    written = stmt.strategy.baseline if stmt.strategy is not None else None
    baseline = None if written is None else lower_expr(written, scope, out)
    out.add(ir.Site(stmt.address, subs, law, value, *flags, baseline, span=stmt.span))
    return scope


def _name(name: str, scope: Scope, out: Builder) -> str:
    return out.fresh(name) if scope.inlined else name
