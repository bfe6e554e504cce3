"""Bodies of functions and of the members of distributions: statements that end in a value."""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.errors.kinds import NoReturn
from pushforward.dsl.infer.context import Context, is_poison, poison
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.operators import choice
from pushforward.dsl.infer.statements import statements
from pushforward.dsl.typed import Body, Expr, Statement


def body(ctx: Context, node: tree.Expr | tree.Block) -> Body | None:
    """The typed form of `= e` or `{ ...; return e }`; None after a report."""
    if not isinstance(node, tree.Block):
        value = expression(ctx, node)
        return None if is_poison(value) else Body((), value)
    before, value = block(ctx, node)
    return None if is_poison(value) else Body(before, value)


def block(ctx: Context, node: tree.Block) -> tuple[tuple[Statement, ...], Expr]:
    """The statements of a block and the value it returns. `if` with a `return` in both branches at the end is a choice
    between two values; what the branches compute moves before it."""
    *first, last = node.statements or (tree.Block((), span=node.span),)
    before = statements(ctx, tuple(first))
    match last:
        case tree.Return(value=value):
            return before, expression(ctx, value)
        case tree.If(condition=condition, then=then, orelse=tree.Block() as orelse):
            test = expression(ctx, condition)
            with ctx.under(test):
                with ctx.scope():
                    left, a = block(ctx, then)
                with ctx.scope():
                    right, b = block(ctx, orelse)
            return (*before, *left, *right), choice(ctx, test, a, b, last.span)
        case _:
            ctx.report.error(NoReturn, last.span, "the last statement must be `return`")
            return before, poison(last.span)
