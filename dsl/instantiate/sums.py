"""Sums of objectives, as loops of factors.

    return sum(elbo(p(x[n]), q(x[n])) for n in batch(N, B)) - a      for i in 0..B {
                                                                       ...; factor N / B * (logp(..) - logp(..))
                                                                     }
                                                                     return -a

An objective is the expectation of the sum of its factors and of what it returns. A factor in a loop depends on the
choices of its own turn, so that each is enumerated, or scored, by itself; the sum of a container that a loop has filled
would depend on all of them.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.dsl import tree
from pushforward.dsl.instantiate.expand import Expander, spine, turn


def value(at: Expander, node: tree.Expr) -> tree.Expr:
    """What an objective returns, less the sums of objectives that are written as factors."""
    left = _rest(at, node, None)
    return tree.Number(0.0, "0.0", span=node.span) if left is None else left


def _rest(at: Expander, node: tree.Expr, scale: tree.Expr | None) -> tree.Expr | None:
    """What is left of `node`, which counts `scale` times (None: once); None if nothing is."""
    if not _sums(at, node):
        return at.expression(node)
    match node:
        case tree.Unary(operand=operand, op=op):
            left = _rest(at, operand, _negated(scale, node) if op == "-" else scale)
            return None if left is None else replace(node, operand=left)
        case tree.Binary(op="+" | "-" as op, left=one, right=other):
            first = _rest(at, one, scale)
            second = _rest(at, other, _negated(scale, node) if op == "-" else scale)
            if second is None:
                return first
            if first is None:
                return tree.Unary("-", second, span=node.span) if op == "-" else second
            return replace(node, left=first, right=second)
        case tree.Binary(op="*" | ".*", left=one, right=other) if not _expects(at, other):
            by = at.expression(other)
            left = _rest(at, one, _times(scale, by))
            return None if left is None else replace(node, left=left, right=by)
        case tree.Binary(op="*" | ".*", left=one, right=other) if not _expects(at, one):
            by = at.expression(one)
            left = _rest(at, other, _times(scale, by))
            return None if left is None else replace(node, left=by, right=left)
        case tree.Binary(op="/" | "./", left=one, right=other):
            by = at.expression(other)
            left = _rest(at, one, tree.Binary("/", scale or _one(node), by, span=node.span))
            return None if left is None else replace(node, left=left, right=by)
        case tree.Call(arguments=(tree.Argument(value=tree.Comprehension() as of),)) if _sum_of_objectives(at, node):
            _loop(at, node, of, scale)
            return None
        case tree.Call():
            inner, last = at.called(node)
            return _rest(inner, last, scale)
        case _:
            return at.expression(node)


def _loop(at: Expander, node: tree.Call, of: tree.Comprehension, scale: tree.Expr | None) -> None:
    """Write the loop of a sum or a mean, each turn of which adds a factor."""
    assert isinstance(node.function, tree.Name)
    mean, span = node.function.id == "mean", node.span
    first, *others = of.clauses
    element = of.element
    if others:
        argument = tree.Argument(None, replace(of, clauses=tuple(others)), span=of.span)
        element = replace(node, arguments=(argument,))
    drawn: tree.Expr | None = None
    iterable = first.iterable
    match iterable:
        case tree.Call(function=tree.Name(id="batch"), arguments=(all_, some)) if "batch" not in at.scope:
            whole, part = at.expression(all_.value), at.expression(some.value)
            drawn = at.batch(whole, part, iterable.span).target
            iterable = tree.Range(tree.Number(0, "0", span=iterable.span), part, span=iterable.span)
            if not mean:
                scale = _times(scale, tree.Binary("/", whole, part, span=span))
        case _:
            iterable = at.expression(iterable)
    around = turn(at.writing.names.fresh(first.index, at.label), iterable)
    if mean:
        count = tree.Binary("-", around.upper, around.lower, span=span)
        scale = tree.Binary("/", scale or _one(node), count, span=span)
    with at.nested(around) as inner:
        index = tree.Name(around.index, span=first.span)
        inner.scope[first.index] = index if drawn is None else tree.Subscript(drawn, (index,), span=first.span)
        left = _rest(inner, element, scale)
        if left is not None:
            inner.out.append(tree.Factor(left if scale is None else _times(scale, left), span=span))
    at.out.append(tree.For(around.index, iterable, tree.Block(tuple(inner.out), span=span), span=span))


def _sum_of_objectives(at: Expander, node: tree.Expr) -> bool:
    """Whether this is `sum` or `mean` of a list of objectives."""
    match node:
        case tree.Call(
            function=tree.Name(id="sum" | "mean" as text), arguments=(tree.Argument(value=tree.Comprehension() as of),)
        ):
            return text not in at.scope and _expects(at, of.element)
        case _:
            return False


def _expects(at: Expander, node: tree.Expr) -> bool:
    """Whether an expression is linear in an expectation."""
    return any(_objective(at, n) is not None or not isinstance(n, tree.Call) for n in spine(node))


def _objective(at: Expander, node: tree.Expr) -> tree.Program | None:
    """The objective that is called."""
    match node:
        case tree.Call(function=tree.Name(id=text)) if at.is_objective(text):
            return at.writing.find(text)
        case _:
            return None


def _sums(at: Expander, node: tree.Expr) -> bool:
    """Whether an expression, or what an objective that it calls returns, is linear in a sum of objectives."""
    match node:
        case tree.Unary(op="-" | "+", operand=operand):
            return _sums(at, operand)
        case tree.Binary(op="+" | "-" | "*" | ".*", left=left, right=right):
            return _sums(at, left) or _sums(at, right)
        case tree.Binary(op="/" | "./", left=left):
            return _sums(at, left)
        case tree.Call() if (called := _objective(at, node)) is not None:
            last = called.body.statements[-1:]
            return bool(last) and isinstance(last[0], tree.Return) and _sums(replace(at, scope={}), last[0].value)
        case _:
            return _sum_of_objectives(at, node)


def _one(node: tree.Node) -> tree.Expr:
    return tree.Number(1.0, "1.0", span=node.span)


def _negated(scale: tree.Expr | None, node: tree.Node) -> tree.Expr:
    return tree.Unary("-", scale or _one(node), span=node.span)


def _times(scale: tree.Expr | None, by: tree.Expr) -> tree.Expr:
    return by if scale is None else tree.Binary("*", scale, by, span=by.span)
