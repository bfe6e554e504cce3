"""Holes inside of programs that are expanded: their unknowns get names of their own, and what they read is put in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from pushforward.dsl import tree
from pushforward.dsl.infer.taint import names_of, nodes_of
from pushforward.dsl.instantiate.values import Instance, Marginal, Normalized, Record

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander


#: A `let` of a hole or a derivative, and what the names in it mean.
Identity: TypeAlias = tuple[tree.Let, tuple[tuple[str, object], ...]]


def identity(at: Expander, node: tree.Let) -> Identity | None:
    """What a `let` is, if it is expensive and the same wherever its names mean the same: a guide is written where it is
    drawn from and again in its density, and what it solves is solved once."""
    if node.value is None or not any(_expensive(n) for n in nodes_of(node.value)):
        return None
    meanings = [(n, at.scope[n]) for n in sorted(names_of(node)) if n in at.scope]
    if any(isinstance(m, Record) for _, m in meanings):
        return None
    return node, tuple((n, m.key if isinstance(m, Instance | Marginal | Normalized) else m) for n, m in meanings)


def _expensive(node: tree.Node) -> bool:
    match node:
        case tree.Solve() | tree.Integrate():
            return True
        case tree.Call(function=tree.Call(function=tree.Name(id="grad" | "hessian"))):
            return True
        case _:
            return False


def solve(at: Expander, node: tree.Solve) -> tree.Solve:
    """`argmin x: T in S from e { loss } subject to g`."""
    start = None if node.start is None else at.expression(node.start)
    fresh = {b.name: at.writing.names.fresh(b.name, at.label) for b in node.binders}
    sets = [None if b.domain is None else at.expression(b.domain) for b in node.binders]
    binders = tuple(
        replace(b, name=fresh[b.name], type=at.type(b.type), domain=s) for b, s in zip(node.binders, sets, strict=True)
    )
    with at.nested() as inner:
        inner.scope.update({b.name: tree.Name(fresh[b.name], span=b.span) for b in node.binders})
        constraints = tuple(inner.expression(c) for c in node.constraints)
        body = _ends(inner, node.body)
    return replace(node, binders=binders, start=start, body=body, constraints=constraints)


def integrate(at: Expander, node: tree.Integrate) -> tree.Integrate:
    """`integrate f from x0 over ts`."""
    start, times = at.expression(node.start), at.expression(node.times)
    field = node.field
    if not isinstance(field, tree.Lambda):
        field = at.arguments(field) if isinstance(field, tree.Call) else field
        return replace(node, field=field, start=start, times=times)
    return replace(node, field=function(at, field), start=start, times=times)


def function(at: Expander, node: tree.Lambda) -> tree.Lambda:
    """`fun(u) = e`, its arguments under names of their own."""
    fresh = {p.name: at.writing.names.fresh(p.name, at.label) for p in node.parameters}
    with at.nested() as inner:
        inner.scope.update({p.name: tree.Name(fresh[p.name], span=p.span) for p in node.parameters})
        block = node.body if isinstance(node.body, tree.Block) else alone(node.body)
        body = _ends(inner, block)
    parameters = tuple(replace(p, name=fresh[p.name], type=None) for p in node.parameters)
    return replace(node, parameters=parameters, body=body)


def alone(value: tree.Expr) -> tree.Block:
    """An expression as a block."""
    return tree.Block((tree.Return(value, span=value.span),), span=value.span)


def _ends(inner: Expander, block: tree.Block) -> tree.Block:
    """Statements, and the value in which they end."""
    *first, last = block.statements or (tree.ExprStatement(tree.Number(0), span=block.span),)
    inner.statements(tuple(first))
    if not isinstance(last, tree.Return | tree.ExprStatement):
        return replace(block, statements=(*inner.out, last))  # which typing refuses
    value = inner.expression(last.value)
    return replace(block, statements=(*inner.out, replace(last, value=value)))
