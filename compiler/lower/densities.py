"""Densities and expectations as statements of the core: what `logp { ... }` and the value of an objective become.

    return logp { x ~ normal(0, 1) } - 0.5 * sum(u[i] for i in 0..N)

        score normal(0, 1) at x
        for i in 0..N { t = u[i]; t_1 = -0.5 * t; factor t_1 }

An objective is the expectation of the sum of its factors. What its value is linear in is taken apart into factors, so
that each is weighted by the choices that it depends on and by no others. A density in any other place is a `Total`.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.expressions import Scope, bound_atom, lower_expr, lower_law, lower_size, lower_subs
from pushforward.dsl import typed
from pushforward.dsl.source import Span
from pushforward.dsl.types import REAL, Array, Dim

ONE = ir.Lit(1.0)


def lower_log_density(e: typed.LogDensity, scope: Scope, out: Builder, name: str | None) -> ir.Atom:
    """A density as a number."""
    with out.block() as body:
        _density(e, ONE, scope, out)
    total = name if name is not None else out.fresh("log_density")
    out.add(ir.Total(total, tuple(body), span=e.span))
    return ir.Var(total)


def _density(e: typed.LogDensity, scale: ir.Atom, scope: Scope, out: Builder) -> None:
    from pushforward.compiler.lower.statements import lower_statements

    lower_statements(e.body, replace(scope, scale=scale), out)


def lower_value(e: typed.Expr, scale: ir.Atom, scope: Scope, out: Builder) -> None:
    """Write `scale * e` as factors, as many as `e` is linear in."""
    match e:
        case typed.LogDensity():
            _density(e, scale, scope, out)
        case typed.Convert(value):
            lower_value(value, scale, scope, out)
        case typed.Apply(function=f, arguments=(a, b)) if f.name in ("add", "subtract") and _is_operator(f):
            lower_value(a, scale, scope, out)
            lower_value(b, scale if f.name == "add" else _negated(scale, out, e.span), scope, out)
        case typed.Apply(function=f, arguments=(a,)) if f.name == "negate" and _is_operator(f):
            lower_value(a, _negated(scale, out, e.span), scope, out)
        case typed.Apply(function=f, arguments=(a, b)) if f.name == "multiply" and _is_operator(f) and has_density(e):
            one, other = (a, b) if not has_density(a) else (b, a)
            if has_density(one):
                scaled_factor(e, scale, scope, out, e.span)
            else:
                lower_value(other, times(scale, lower_expr(one, scope, out), out, e.span), scope, out)
        case typed.Apply(function=f, arguments=(a, b)) if f.name == "divide" and _is_operator(f) and has_density(a):
            by = lower_expr(b, scope, out)
            over = out.let(REAL, ir.Call(ops.DIVIDE, (scale, by), span=e.span), span=e.span)
            lower_value(a, over, scope, out)
        case typed.Apply(function=f, arguments=(typed.Comprehension() as each,)) if f.name in ("sum", "mean"):
            _sum(each, scale, f.name == "mean", scope, out)
        case _:
            scaled_factor(e, scale, scope, out, e.span)


def _is_operator(f: typed.Signature) -> bool:
    return f.extern is None and f.body is None


def _sum(each: typed.Comprehension, scale: ir.Atom, mean: bool, scope: Scope, out: Builder) -> None:
    lower, upper = lower_size(each.lower, scope, out), lower_size(each.upper, scope, out)
    index = out.fresh(each.index)
    if mean:
        over = ir.Call(ops.DIVIDE, (scale, ir.Size(upper - lower)), span=each.span)
        scale = out.let(REAL, over, span=each.span)
    with out.block() as body:
        inner = scope.bind(each.index, ir.Size(Dim.name(index)))
        if isinstance(each.element, typed.Comprehension):
            _sum(each.element, scale, mean, inner, out)
        else:
            lower_value(each.element, scale, inner, out)
    out.add(ir.For(index, lower, upper, tuple(body), span=each.span))


def has_density(e: typed.Expr) -> bool:
    """Whether there is a density in an expression."""
    match e:
        case typed.LogDensity():
            return True
        case typed.Apply(arguments=arguments):
            return any(map(has_density, arguments))
        case typed.Convert(value):
            return has_density(value)
        case typed.Comprehension(element=element):
            return has_density(element)
        case _:
            return False


def times(a: ir.Atom, b: ir.Atom, out: Builder, span: Span) -> ir.Atom:
    """The product of two numbers, written only where it is one."""
    if a == ONE:
        return b
    if b == ONE:
        return a
    if isinstance(a, ir.Lit) and isinstance(b, ir.Lit):
        return ir.Lit(float(a.value) * float(b.value))
    if ir.Lit(-1.0) in (a, b):
        return out.let(REAL, ir.Call(ops.NEGATE, (b if a == ir.Lit(-1.0) else a,), span=span), span=span)
    return out.let(REAL, ir.Call(ops.MULTIPLY, (a, b), span=span), span=span)


def _negated(scale: ir.Atom, out: Builder, span: Span) -> ir.Atom:
    return times(ir.Lit(-1.0), scale, out, span)


def scaled_factor(e: typed.Expr, scale: ir.Atom, scope: Scope, out: Builder, span: Span) -> None:
    """A factor `scale * e`."""
    value = times(scale, lower_expr(e, replace(scope, scale=None), out), out, span)
    out.add(ir.Factor(value, "value", span=span))


def score(stmt: typed.Site, scope: Scope, out: Builder) -> None:
    """The log density of a site at the value that it is given."""
    span = stmt.span
    law = lower_law(stmt.law, scope, out, span)
    subs = lower_subs(stmt.subs, scope, out)
    base = scope.values.get(stmt.address, ir.Var(stmt.address))
    type_ = scope.array(stmt.value)
    value: ir.Atom = base
    if subs:
        assert isinstance(base, ir.Var)
        value = out.let(type_, ir.Index(base, subs, span=span), span=span)
    scale = None if scope.scale == ONE else scope.scale
    cut = _truncation(stmt, subs, scope, out, span)
    out.add(ir.Score(law, value, type_, stmt.address, cut, scale, span=span))


def _truncation(
    stmt: typed.Site, subs: tuple[ir.Sub, ...], scope: Scope, out: Builder, span: Span
) -> ir.Truncation | None:
    if not stmt.truncated or stmt.declared is None:
        return None
    constraint = stmt.declared.constraint

    def here(bound: typed.Expr | float | None) -> ir.Atom | None:
        atom = bound_atom(bound, scope, out)
        rank = bound.type.rank if isinstance(bound, typed.ExprNode) and isinstance(bound.type, Array) else 0
        if not rank or not subs:
            return atom
        assert isinstance(atom, ir.Var)
        return out.let(REAL, ir.Index(atom, subs, span=span), span=span)

    return ir.Truncation(constraint.kind, here(constraint.lower), here(constraint.upper))
