"""`grad(f)(x)` and `hessian(f)(x)` inside of programs that are expanded; f may be `logp(p)`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.instantiate import solves

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander


def derivative(at: Expander, operator: tree.Call, node: tree.Call) -> tree.Call:
    """The derivative of a function whose programs are written out, at a value."""
    if len(operator.arguments) == 1:
        (given,) = operator.arguments
        operator = replace(operator, arguments=(replace(given, value=_function(at, given.value)),))
    return replace(at.arguments(node), function=operator)


def _function(at: Expander, node: tree.Expr) -> tree.Expr:
    """What is differentiated: `logp(p)` is `fun(u) = logp(p)(u)`."""
    match node:
        case tree.Call(function=tree.Name(id="logp")):
            span = node.span
            given = tree.Argument(None, tree.Name("u", span=span), span=span)
            value = tree.Call(node, (given,), span=span)
            return solves.function(at, tree.Lambda((tree.Parameter("u", None, span=span),), value, span=span))
        case tree.Lambda():
            return solves.function(at, node)
        case tree.Call():
            return at.arguments(node)
        case _:
            return node
