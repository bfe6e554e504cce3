"""A bilevel hole: the parameters of a problem and what its lower levels minimise, with a loss for each level, and,
where there are batches, an estimate of each."""

from __future__ import annotations

from dataclasses import replace

from pushforward.dsl import tree
from pushforward.dsl.errors.bilevel import BatchPlace
from pushforward.dsl.errors.solvers import SolveBody, WrongAlgorithm
from pushforward.dsl.infer.algorithms import algorithm
from pushforward.dsl.infer.context import Binding, Context, is_poison, poison
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.methods import kinked, rule_of, symmetric
from pushforward.dsl.infer.single_loop import all_rows
from pushforward.dsl.infer.sizes import static_size
from pushforward.dsl.infer.solves import loss_of, outer, unknowns_of
from pushforward.dsl.infer.statements import statements
from pushforward.dsl.typed import Algorithm, Body, Expr, Sampling, Solve, Stage, Unknown
from pushforward.dsl.types import Array, Dim, Record


def bilevel(ctx: Context, node: tree.Solve, method: tree.Method | None) -> Expr:
    """The typed form; poison after a report."""
    assert method is not None and method.algorithm is not None
    earlier = set(ctx.lets)
    with ctx.scope():
        unknowns = unknowns_of(ctx, node)
        rule = rule_of(ctx, node, method)
        found = algorithm(ctx, method.algorithm, "solver")
        sizes = _sizes(ctx, node)
        if unknowns is None or rule is None or found is None or sizes is None or not symmetric(ctx, rule, False):
            return poison(node.span)
        by, declared = found
        if "batches" in declared.needs and not node.batches:
            ctx.report.error(
                WrongAlgorithm, by.span, "named here", name=by.name, wrong="needs batches",
                helps=("write `let rows = batch(N, 32)`, and `X[rows]` for `X`", "or take `soba()`"),
            )  # fmt: skip
            return poison(node.span)
        blocks = (node.body, *(level.loss for level in node.levels))
        names = ("objective", *(f"lower{i}" for i in range(len(node.levels))))
        parts = {n: _full(ctx, node, b) for n, b in zip(names, blocks, strict=True)}
        sampling = None
        if node.batches:
            rows = tuple(ctx.fresh(b.name) for b in node.batches)
            estimates = (node.body, *(level.estimate for level in node.levels))
            sampled = [_estimate(ctx, node, b, rows, sizes) for b in estimates]
            parts |= {f"{n}_sampled": b for n, b in zip(names, sampled, strict=True)}
            sampling = _sampling(node, rows, sizes)
    # a statement stands in each body, and need not be read in all
    ctx.used |= set(ctx.lets) - earlier
    typed = {n: b for n, b in parts.items() if b is not None}
    if len(typed) < len(parts) or any(kinked(ctx, typed[n], unknowns, by) for n in names):
        return poison(node.span)
    return _typed(node, unknowns, typed, by, rule, sampling)


def _full(ctx: Context, node: tree.Solve, block: tree.Block) -> Body | None:
    """A loss in which each batch is all rows."""
    lets: tuple[tree.Statement, ...] = tuple(tree.Let(b.name, None, all_rows(b), span=b.span) for b in node.batches)
    return _body(ctx, node, (*lets, *block.statements))


def _estimate(
    ctx: Context, node: tree.Solve, block: tree.Block, rows: tuple[str, ...], sizes: list[tuple[Dim, Dim]]
) -> Body | None:
    """A loss as a function of the batches."""
    with ctx.scope():
        for batch, unique, (_, size) in zip(node.batches, rows, sizes, strict=True):
            type_ = Array("int", (size,))
            ctx.define(Binding(batch.name, unique, "argument", type_, Stage.RANDOM, batch.span))
            ctx.used.add(unique)
        quiet = replace(ctx, quiet=True)
        return _body(quiet, node, block.statements)


def _body(ctx: Context, node: tree.Solve, block: tuple[tree.Statement, ...]) -> Body | None:
    *first, last = block
    if not isinstance(last, tree.ExprStatement | tree.Return):
        label = "the last statement must be what is minimised, an expression"
        ctx.report.error(SolveBody, last.span, label, kind="`argmin`")
        return None
    with ctx.scope():
        before = statements(ctx, tuple(first))
        value = loss_of(ctx, node, last.value)
    return None if value is None else Body(before, value)


def _sizes(ctx: Context, node: tree.Solve) -> list[tuple[Dim, Dim]] | None:
    """How many indices each batch is drawn from, and how many are drawn."""
    found: list[tuple[Dim, Dim]] = []
    for batch in node.batches:
        pair = []
        for e in (batch.whole, batch.size):
            value = expression(ctx, e)
            size = None if is_poison(value) else static_size(ctx, value)
            if size is None:
                if not is_poison(value):
                    label = "this is not known before the program runs"
                    ctx.report.error(BatchPlace, e.span, label, helps=("write a size of the data, or a number",))
                return None
            pair.append(size)
        found.append((pair[0], pair[1]))
    return found


def _sampling(node: tree.Solve, rows: tuple[str, ...], sizes: list[tuple[Dim, Dim]]) -> Sampling:
    names = [b.name for b in node.batches]
    groups = tuple(
        names.index(level.batch) if level.batch else -1 for level in node.levels for _ in range(level.unknowns)
    )
    wholes, few = zip(*sizes, strict=True)
    return Sampling(rows, wholes, few, groups)


def _typed(
    node: tree.Solve, unknowns: tuple[Unknown, ...], parts: dict[str, Body], by: Algorithm, rule: Algorithm,
    sampling: Sampling | None,
) -> Solve:  # fmt: skip
    stages = [e.stage for body in parts.values() for e in outer(body, unknowns)]
    type_ = Record(tuple((b.name, u.type) for b, u in zip(node.binders, unknowns, strict=True)))
    return Solve(
        "bilevel", unknowns, tuple(parts.items()), by, rule, least=node.above, sampling=sampling, type=type_,
        stage=max([Stage.DATA, *stages]), span=node.span,
    )  # fmt: skip

