"""Programs whose densities are estimates.

`marginal(q, keep=[x]) by sir(K, proposal=r)` is the law of some choices of `q`, the others (u) integrated out by
importance sampling from `r`:

    q(x) is estimated by 1/K sum_k q(x, u_k) / r(u_k | x)

For an x of our own, u_0 is the u that was drawn with it, and the other K - 1 come from r: then 1 over the estimate is
an unbiased estimate of 1 / q(x), and log q(x) is bounded from above. For any other x all K come from r, and the
estimate itself is unbiased (Becker et al. 2024, section 4; Sobolev and Vetrov 2019).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.programs import NotTheseArguments
from pushforward.dsl.instantiate import programs, sites
from pushforward.dsl.instantiate.densities import density_of
from pushforward.dsl.instantiate.expand import Turn
from pushforward.dsl.instantiate.names import name, number
from pushforward.dsl.instantiate.values import Instance, Marginal, Record

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander


def marginal_density(ex: Expander, held: Marginal, record: Record, node: tree.Node) -> tree.Expr:
    """The logarithm of the estimated density; the statements that estimate it are written before."""
    own = isinstance(record.program, Marginal) and record.program.key == held.key
    kept = {n: record.fields[n] for n in held.keep if n in record.fields}
    container = ex.writing.names.fresh("weights", ex.label)
    terms = name(container, node)
    zero, count = number(0, node), held.particles
    ex.out.append(tree.Let(container, tree.TypeExpr("vector", dims=(count,), span=node.span), None, span=node.span))
    if own:
        (inner,) = record.choices.values()
        assert isinstance(inner, Record)
        first = _ratio(ex, held, kept, {n: v for n, v in inner.choices.items() if n not in held.keep}, node)
        ex.out.append(tree.Assign(tree.Subscript(terms, (zero,), span=node.span), first, span=node.span))
    index = ex.writing.names.fresh("particle")
    lower = number(1, node) if own else zero
    with ex.nested(Turn(index, lower, count)) as inside:
        proposal = proposed(inside, held, kept, node)
        drawn = sites.draw(inside, proposal, "particle", node)
        weight = _ratio(inside, held, kept, drawn.fields, node, proposal)
        inside.out.append(
            tree.Assign(tree.Subscript(terms, (name(index, node),), span=node.span), weight, span=node.span)
        )
    body = tree.Block(tuple(inside.out), span=node.span)
    ex.out.append(tree.For(index, tree.Range(lower, count, span=node.span), body, span=node.span))
    return tree.Call(name("logmeanexp", node), (tree.Argument(None, terms, span=node.span),), span=node.span)


def proposed(ex: Expander, held: Marginal, kept: dict[str, tree.Expr | Record], node: tree.Node) -> Instance:
    """The proposal, its missing arguments taken by name from what the marginal keeps."""
    proposal = held.proposal
    if not proposal.missing:
        return proposal
    meaning = dict(proposal.meaning)
    for parameter in proposal.missing:
        value = kept.get(parameter.name)
        if value is None or isinstance(value, Record):
            raise ProgramError(
                NotTheseArguments.diagnostic(
                    node.span, f"its argument {parameter.name} is none of {', '.join(kept)}",
                    helps=("name the arguments of the proposal like the choices that are kept",), what="the proposal",
                )
            )  # fmt: skip
        flat = ex.writing.names.fresh(parameter.name, "particle")
        ex.out.append(tree.Let(flat, None, value, span=node.span))
        meaning[parameter.name] = name(flat, node)
    whole = replace(proposal, meaning=programs.dimensions(proposal.node, meaning))
    return programs.with_params(ex, whole)


def _ratio(
    ex: Expander,
    held: Marginal,
    kept: dict[str, tree.Expr | Record],
    others: dict[str, tree.Expr | Record] | object,
    node: tree.Node,
    proposal: Instance | None = None,
) -> tree.Expr:
    """log q(x, u) - log r(u | x)."""
    assert isinstance(others, dict)
    law = proposal if proposal is not None else proposed(ex, held, kept, node)
    whole = density_of(ex, held.program, Record(None, {**kept, **others}, {}), node)
    part = density_of(ex, law, Record(None, others, {}), node)
    return tree.Binary("-", whole, part, span=node.span)
