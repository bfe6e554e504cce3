"""Losses that are sums of squares, on the tree: what is squared, for Gauss-Newton and its kind.

    0.5 * sum((X * w - y).^2) + dot(w, w)       the residuals X * w - y and sqrt(2) * w: the loss is half their squares
"""

from __future__ import annotations

from pushforward.dsl import tree


def residuals(loss: tree.Expr) -> tuple[tree.Expr, ...] | None:
    """Arrays half of whose sum of squares is the loss; None if it is not of that form."""
    found: list[tree.Expr] = []
    for term in _summands(loss):
        one = _term(term)
        if one is None:
            return None
        scale, squared = one
        double: tree.Expr = tree.Number(2.0, "2.0", span=loss.span)
        for factor in scale:
            double = tree.Binary("*", double, factor, span=loss.span)
        given = (tree.Argument(None, double, span=loss.span),)
        root = tree.Call(tree.Name("sqrt", span=loss.span), given, span=loss.span)
        found.append(tree.Binary("*", root, squared, span=term.span))
    return tuple(found)


def _summands(e: tree.Expr) -> list[tree.Expr]:
    match e:
        case tree.Binary(op="+", left=left, right=right):
            return [*_summands(left), *_summands(right)]
        case _:
            return [e]


def _term(e: tree.Expr) -> tuple[tuple[tree.Expr, ...], tree.Expr] | None:
    """The factors before a sum of squares, and what is squared."""
    match e:
        case tree.Call(function=tree.Name(id="sum"), arguments=(tree.Argument(None, inside),)):
            squared = _squared(inside)
            return None if squared is None else ((), squared)
        case tree.Call(function=tree.Name(id="mean"), arguments=(tree.Argument(None, inside),)):
            squared = _squared(inside)
            if squared is None:
                return None
            one = tree.Number(1.0, "1.0", span=e.span)
            count = tree.Call(tree.Name("size", span=e.span), (tree.Argument(None, squared, span=e.span),), span=e.span)
            return (tree.Binary("/", one, count, span=e.span),), squared
        case tree.Call(function=tree.Name(id="dot"), arguments=(tree.Argument(None, a), tree.Argument(None, b))):
            return ((), a) if a == b else None
        case tree.Call(function=tree.Name(id="dot_self"), arguments=(tree.Argument(None, a),)):
            return (), a
        case tree.Binary(op="*", left=left, right=right):
            for factor, rest in ((left, right), (right, left)):
                inner = _term(rest)
                if inner is not None:
                    return (factor, *inner[0]), inner[1]
            return None
        case tree.Binary(op="/", left=left, right=right):
            inner = _term(left)
            one = tree.Number(1.0, "1.0", span=e.span)
            return None if inner is None else ((tree.Binary("/", one, right, span=e.span), *inner[0]), inner[1])
        case _:
            squared = _squared(e)
            return None if squared is None else ((), squared)


def _squared(e: tree.Expr) -> tree.Expr | None:
    match e:
        case tree.Binary(op="^" | ".^", left=left, right=tree.Number(value=2)):
            return left
        case tree.Call(function=tree.Name(id="square"), arguments=(tree.Argument(None, inside),)):
            return inside
        case _:
            return None
