"""`expect { z ~ q; return f(z) } by mc(64)`: an expectation inside an objective.

    by mc(n)           the mean of n draws of the block; without `by` it is one draw
    by exact           every choice of the block is summed over its support
    by quadrature(n)   every continuous choice of the block is taken at n nodes
    by qmc(n)          the continuous choice of the block is taken at n points of a shifted lattice

The block is written where the expectation stands, its choices with the strategy that its algorithm asks for. What an
objective returns is linear in it, or `plugin` says that the estimate of a function of it may be biased.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.gradients import NotLinear
from pushforward.dsl.errors.programs import NotTheseArguments
from pushforward.dsl.instantiate.names import name, number

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander

ALGORITHMS = ("mc", "exact", "quadrature", "qmc")


def expectation(ex: Expander, node: tree.Expr) -> tree.Expr:
    """The estimate of an expectation, its statements written before. Raises PF505 where it does not stand linearly."""
    hole = node.value if isinstance(node, tree.Hole) else node
    assert isinstance(hole, tree.Expect)
    if id(node) not in ex.linear:
        raise ProgramError(
            NotLinear.diagnostic(
                node.span, "an expectation, in what is not linear in it",
                helps=("write `plugin` before it to have the biased plug-in estimate",), name="expect",
            )
        )  # fmt: skip
    algorithm, size = _algorithm(ex, node)
    match algorithm:
        case "mc" if size is not None:
            return _mean(ex, hole.body, size, node)
        case "mc":
            return replace(ex, scope=dict(ex.scope)).returned(hole.body)
        case "exact":
            return replace(ex, scope=dict(ex.scope), strategy=name("enum", node)).returned(hole.body)
        case _:
            argument = tree.Argument(None, size or number(16, node), span=node.span)
            strategy = tree.Call(name(algorithm, node), (argument,), span=node.span)
            return replace(ex, scope=dict(ex.scope), strategy=strategy).returned(hole.body)


def _algorithm(ex: Expander, node: tree.Expr) -> tuple[str, tree.Expr | None]:
    """The name after `by`, and its number."""
    written = node.method.algorithm if isinstance(node, tree.Hole) else None
    match written:
        case None:
            return "mc", None
        case tree.Name(id=text) if text in ALGORITHMS:
            return text, None
        case tree.Call(function=tree.Name(id=text), arguments=(argument,)) if text in ALGORITHMS:
            return text, ex.expression(argument.value)
        case _:
            helps = ("write `by mc(64)`, `by exact`, `by quadrature(16)` or `by qmc(64)`",)
            raise ProgramError(NotTheseArguments.diagnostic(written.span, "here", helps=helps, what="`expect`"))


def _mean(ex: Expander, body: tree.Block, size: tree.Expr, node: tree.Expr) -> tree.Expr:
    """The mean over draws of the block: a loop that fills a container."""
    from pushforward.dsl.instantiate.expand import Turn

    index = ex.writing.names.fresh("draw", ex.label)
    zero = number(0, node)
    with ex.nested(Turn(index, zero, size)) as inner:
        value = inner.returned(body)
    listing = tree.Comprehension(value, (tree.Clause(index, tree.Range(zero, size)),), bracketed=True, span=node.span)
    terms = ex.filled(listing, index, tree.Range(zero, size, span=node.span), inner.out, value)
    return tree.Call(name("mean", node), (tree.Argument(None, terms, span=node.span),), span=node.span)
