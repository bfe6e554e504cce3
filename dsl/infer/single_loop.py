"""A problem by a single-loop method: what its lower levels minimise becomes unknowns beside its parameters.

    problem p(A: matrix[N, N]) {                   problem p(A: matrix[N, N]) {
      param x: real = 1                              let p_solution = bilevel x: real, w: vector[N] from {x = 1}
      let w = argmin u: vector[N] { g(u, x) }          upper { f(w, x) } lower { let u = w; g(u, x) } by soba()
      minimize f(w, x) by soba()                     let x = p_solution.x
    }                                                let w = argmin u: vector[N] from p_solution.w { g(u, x) }
                                                     return {x, w, objective = f(w, x)}
                                                   }

At the solution the lower levels are solved by themselves, from where the method left them: the objective that is given
back is that of the problem, whatever the method did. What follows from data alone is done before. In an estimate,
`batch(N, B)` is B rows; everywhere else it is all of them.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.dsl import tree
from pushforward.dsl.infer.levels import Found, defined, ends, given_back, reads, spread
from pushforward.dsl.infer.sections import Sections, batch_of, by_field, plainly
from pushforward.dsl.source import Span

#: What the losses of the lower levels in a loop are collected in.
_TERMS = "losses_below"


def written(node: tree.Program, at: Sections) -> tree.Program:
    """The program with one hole."""
    solution = f"{node.name}_solution"
    wish, span = at.wish, at.wish.span
    binders = [tree.Binder(p.name, p.type, None, span=p.span) for p in at.params]
    binders += [b for level in at.below for b in level.binders()]
    value = wish.value if wish.sense == "minimize" else tree.Unary("-", wish.value, span=wish.value.span)
    upper = by_field(tree.Block((*plainly(at.moving, at), _ends(value)), span=node.body.span), at)
    below = tuple(_level(level, at) for level in at.below)
    hole: tree.Expr = tree.Solve(
        "bilevel", tuple(binders), _starts(at), upper, (), len(at.params), below, at.batches, span=span
    )
    assert wish.method is not None
    hole = tree.Hole(hole, wish.method, span=span)
    found = [tree.Attribute(tree.Name(solution, span=p.span), p.name, span=p.span) for p in at.params]
    lets = [tree.Let(p.name, None, v, span=p.span) for p, v in zip(at.params, found, strict=True)]
    last = tuple(_at_solution(s, at, solution) for s in at.moving)
    fields = [tree.Field(p.name, None, span=p.span) for p in at.params]
    fields += [f for s in (*at.before, *last) if isinstance(s, tree.Let) for f in given_back(s)]
    fields.append(tree.Field("objective", wish.value, span=span))
    given = tree.Return(tree.RecordExpr(tuple(fields), span=span), span=span)
    whole = (*at.before, tree.Let(solution, None, hole, span=span), *lets, *last, given)
    return replace(node, body=tree.Block(whole, span=node.body.span))


def _ends(value: tree.Expr) -> tree.Statement:
    return tree.ExprStatement(value, span=value.span)


def _starts(at: Sections) -> tree.Expr | None:
    """Where to begin, as far as it is said."""
    fields = [tree.Field(p.name, p.value, span=p.span) for p in at.params if p.value is not None]
    for level in at.below:
        start = level.hole.start
        if start is None:
            continue
        if len(level.names) == 1:
            fields.append(tree.Field(level.name, _whole(start, level), span=start.span))
        elif isinstance(start, tree.RecordExpr):
            fields += [replace(f, name=f"{level.name}_{f.name}") for f in start.fields]
    return tree.RecordExpr(tuple(fields), span=at.wish.span) if fields else None


def _whole(start: tree.Expr, level: Found) -> tree.Expr:
    """The start of a lower level, for each round of its loop."""
    if isinstance(level.statement, tree.Let):
        return start
    clause = tree.Clause(level.statement.index, tree.Range(*ends(level.statement), span=start.span), span=start.span)
    return tree.Comprehension(start, (clause,), True, span=start.span)


def _level(level: Found, at: Sections) -> tree.Level:
    """The loss of a lower level, and its estimate."""
    names = frozenset(n for b in at.below for n in (b.name, *b.names))
    earlier = at.moving[: next(i for i, s in enumerate(at.moving) if s is level.statement)]
    plain = plainly(earlier, at)
    follow = spread(plain, names)
    first = tuple(s for s in plain if not defined(s) & follow and not reads(s) & follow)
    if isinstance(level.statement, tree.Let):
        pairs = zip(level.hole.binders, level.names, strict=True)
        lets = tuple(tree.Let(b.name, None, tree.Name(n, span=b.span), span=b.span) for b, n in pairs)
        *inner, last = level.hole.body.statements
        block = tree.Block((*first, *lets, *inner, _loss(level.hole, last)), span=level.hole.body.span)
        return tree.Level(block, block, len(level.names), span=level.hole.span)
    batch = batch_of(level.statement.iterable, at)
    full = tree.Block((*first, *_in_loop(level, None)), span=level.hole.body.span)
    if batch is None:
        return tree.Level(full, full, 1, span=level.hole.span)
    few = tree.Block((*first, *_in_loop(level, batch)), span=level.hole.body.span)
    return tree.Level(full, few, 1, batch.name, span=level.hole.span)


def _loss(hole: tree.Solve, last: tree.Statement) -> tree.Statement:
    """The last statement of a level as what is minimised."""
    if hole.kind == "argmax" and isinstance(last, tree.ExprStatement | tree.Return):
        return _ends(tree.Unary("-", last.value, span=last.span))
    return _ends(last.value) if isinstance(last, tree.Return) else last


def _in_loop(level: Found, batch: tree.Batch | None) -> tuple[tree.Statement, ...]:
    """The sum of the losses of a loop; over a batch, as often as the loop is longer."""
    loop, hole, span = level.statement, level.hole, level.hole.span
    assert isinstance(loop, tree.For)
    binder = hole.binders[0]

    def name(text: str) -> tree.Name:
        return tree.Name(text, span=span)

    def at(container: str, index: str) -> tree.Subscript:
        return tree.Subscript(name(container), (name(index),), span=span)

    lower, upper = ends(loop)
    index, length, head = loop.index, upper, list[tree.Statement]()
    if batch is not None:
        index, length = f"{loop.index}_place", batch.size
        head = [tree.Let(loop.index, None, at(batch.name, index), span=span)]
    *inner, last = hole.body.statements
    loss = _loss(hole, last)
    assert isinstance(loss, tree.ExprStatement)
    body = (
        *head, *level.beside, tree.Let(binder.name, None, at(level.name, loop.index), span=span), *inner,
        tree.Assign(at(_TERMS, index), loss.value, span=loss.span),
    )  # fmt: skip
    whole = tree.Range(lower, length, span=loop.iterable.span)
    total: tree.Expr = tree.Call(name("sum"), (tree.Argument(None, name(_TERMS), span=span),), span=span)
    if batch is not None:
        times = tree.Binary("/", _real(batch.whole, span), _real(batch.size, span), span=span)
        total = tree.Binary("*", times, total, span=span)
    return (
        tree.Let(_TERMS, tree.TypeExpr("vector", dims=(length,), span=span), None, span=span),
        tree.For(index, whole, tree.Block(body, span=loop.body.span), span=loop.span),
        _ends(total),
    )  # fmt: skip


def _real(value: tree.Expr, span: Span) -> tree.Expr:
    return tree.Binary("*", tree.Number(1.0, "1.0", span=span), value, span=span)


def _at_solution(stmt: tree.Statement, at: Sections, solution: str) -> tree.Statement:
    """A statement as it is worked out at the solution: all rows, and lower levels from where the method left them."""
    level = next((b for b in at.below if b.statement is stmt), None)
    match stmt:
        case tree.Let(value=value) if value is not None and (batch := batch_of(value, at)) is not None:
            return replace(stmt, value=all_rows(batch))
        case tree.Let(value=value) if level is not None and value is not None:
            return replace(stmt, value=_begun(value, _left(level, solution)))
        case tree.For(body=body) if level is not None:
            inner = tuple(
                replace(s, value=_begun(s.value, _left(level, solution))) if isinstance(s, tree.Assign) else s
                for s in body.statements
            )
            whole = tree.Range(*ends(stmt), span=stmt.iterable.span)
            return replace(stmt, iterable=whole, body=replace(body, statements=inner))
        case _:
            return stmt


def _left(level: Found, solution: str) -> tree.Expr:
    """Where the method left a level."""
    span = level.hole.span
    values = [tree.Attribute(tree.Name(solution, span=span), n, span=span) for n in level.names]
    if isinstance(level.statement, tree.For):
        return tree.Subscript(values[0], (tree.Name(level.statement.index, span=span),), span=span)
    if len(values) == 1:
        return values[0]
    pairs = zip(level.hole.binders, values, strict=True)
    return tree.RecordExpr(tuple(tree.Field(b.name, v, span=span) for b, v in pairs), span=span)


def _begun(value: tree.Expr, start: tree.Expr) -> tree.Expr:
    if isinstance(value, tree.Hole):
        return replace(value, value=_begun(value.value, start))
    assert isinstance(value, tree.Solve)
    return replace(value, start=start)


def all_rows(batch: tree.Batch) -> tree.Expr:
    """All the indices that a batch is drawn from: `[row for row in 0..N]`."""
    span = batch.span
    clause = tree.Clause("row", tree.Range(tree.Number(0, "0", span=span), batch.whole, span=span), span=span)
    return tree.Comprehension(tree.Name("row", span=span), (clause,), True, span=span)
