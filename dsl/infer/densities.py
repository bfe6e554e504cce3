"""Densities inside programs: blocks in which every site is at a value that is given."""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.infer.context import Binding, Context, is_poison, poison
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.statements import ascribed, statements
from pushforward.dsl.infer.typeexprs import array_type
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Expr, Let, LogDensity, Stage, Statement
from pushforward.dsl.types import REAL, Array


def log_density(ctx: Context, body: tree.Block, span: Span) -> Expr:
    """The typed form of `logp { ... }`."""
    before = len(ctx.report.errors)
    outer, ctx.scoring = ctx.scoring, True
    try:
        with ctx.scope():
            typed = statements(ctx, body.statements)
    finally:
        ctx.scoring = outer
    if len(ctx.report.errors) > before:
        return poison(span)
    return LogDensity(typed, type=REAL, stage=Stage.RANDOM, span=span)


def given(ctx: Context, node: tree.Given) -> tuple[Statement, ...]:
    """A variable that has a value: with the type that it was declared with, by which its law may be cut, or with the
    bare type of the value."""
    value = expression(ctx, node.value)
    declared = None if node.type is None else array_type(ctx, node.type)
    if is_poison(value) or not isinstance(value.type, Array) or (node.type is not None and declared is None):
        ctx.define(Binding(node.name, ctx.fresh(node.name), "let", poison(node.span).type, value.stage, node.span))
        return ()
    if declared is not None:
        value = ascribed(ctx, value, declared.plain(), node.name, node.value.span)
    unique = ctx.fresh(node.name)
    plain = value.type.plain() if isinstance(value.type, Array) else value.type
    type_ = plain if declared is None or is_poison(value) else declared
    ctx.define(Binding(node.name, unique, "given", type_, value.stage, node.span, value=value))
    return () if is_poison(value) else (Let(unique, value, span=node.span),)
