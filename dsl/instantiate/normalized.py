"""`normalize(p) by sir(K, proposal=q)`: a posterior that can be drawn from and has an estimated density.

K draws z_k of the proposal have the weights w_k = p(z_k) / q(z_k); one of them is chosen with probability proportional
to its weight. The density of the chosen z is estimated by p(z) over the mean of the weights, z's own among them: for
our own draws these are the K weights that it was chosen by, for any other z its own and those of K - 1 fresh draws
(sampling importance resampling; Becker et al. 2024, section 4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.instantiate.densities import density_of
from pushforward.dsl.instantiate.expand import Turn
from pushforward.dsl.instantiate.names import name, number
from pushforward.dsl.instantiate.sites import draw
from pushforward.dsl.instantiate.values import Normalized, Record

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander


def draw_normalized(ex: Expander, held: Normalized, label: str, node: tree.Node) -> Record:
    """Write K draws of the proposal and the choice of one; the record of what was chosen."""
    span, index = node.span, ex.writing.names.fresh("particle", ex.label)
    zero = number(0, node)
    with ex.nested(Turn(index, zero, held.particles)) as inner:
        drawn = draw(inner, held.proposal, f"{label}_particle", node)
    over = tree.Range(zero, held.particles, span=span)
    ex.out.append(tree.For(index, over, tree.Block(tuple(inner.out), span=span), span=span))
    chosen = name(ex.writing.names.fresh(f"{label}_chosen"), node)
    weights = tree.Argument(None, log_weights(ex, held, drawn, node), span=span)
    law = tree.Call(name("categorical_logit", node), (weights,), span=span)
    ex.out.append(tree.Site(chosen, None, law, None, span=span))
    record = particle(drawn, chosen)
    outer = tuple(turn.index for turn in ex.loops)
    return Record(held, record.fields, {"": drawn}, drawn.names | {chosen.id}, outer)


def particle(drawn: Record, which: tree.Expr) -> Record:
    """One of the particles: the loops around the draw are still open, or their turn is known."""
    inside = drawn if drawn.prefix else replace(drawn, loops=drawn.loops[-1:])
    return inside.at((which,))


def log_weights(ex: Expander, held: Normalized, particles: Record, node: tree.Node) -> tree.Expr:
    """The list of log p(z_k) - log q(z_k)."""
    index = ex.writing.names.fresh("particle", ex.label)
    term = log_weight(ex, held, particle(particles, name(index, node)), node)
    clause = tree.Clause(index, tree.Range(number(0, node), held.particles, span=node.span), span=node.span)
    return tree.Comprehension(term, (clause,), bracketed=True, span=node.span)


def log_weight(ex: Expander, held: Normalized, record: Record, node: tree.Node) -> tree.Expr:
    """log p(z) - log q(z) at one draw of the proposal, or at any record."""
    whole = density_of(ex, held.program, Record(None, record.fields, {}), node)
    return tree.Binary("-", whole, density_of(ex, held.proposal, record, node), span=node.span)


def normalized_density(ex: Expander, held: Normalized, record: Record, node: tree.Node) -> tree.Expr:
    """log p(z) minus the logarithm of the estimated normaliser."""
    own = isinstance(record.program, Normalized) and record.program.key == held.key
    density = density_of(ex, held.program, Record(None, record.fields, {}), node)
    if own:
        (particles,) = record.choices.values()
        assert isinstance(particles, Record)
        terms = log_weights(ex, held, particles, node)
    else:
        terms = _fresh_terms(ex, held, record, node)
    call = tree.Call(name("logmeanexp", node), (tree.Argument(None, terms, span=node.span),), span=node.span)
    return tree.Binary("-", density, call, span=node.span)


def _fresh_terms(ex: Expander, held: Normalized, record: Record, node: tree.Node) -> tree.Expr:
    """The log-weights of a value and of K - 1 draws, in a container that is filled before."""
    span, terms = node.span, name(ex.writing.names.fresh("weights", ex.label), node)
    ex.out.append(tree.Let(terms.id, tree.TypeExpr("vector", dims=(held.particles,), span=span), None, span=span))
    first = log_weight(ex, held, Record(None, record.fields, {}), node)
    ex.out.append(tree.Assign(tree.Subscript(terms, (number(0, node),), span=span), first, span=span))
    index, one = ex.writing.names.fresh("particle", ex.label), number(1, node)
    with ex.nested(Turn(index, one, held.particles)) as inner:
        drawn = draw(inner, held.proposal, "particle", node)
        weight = log_weight(inner, held, drawn, node)
        inner.out.append(tree.Assign(tree.Subscript(terms, (name(index, node),), span=span), weight, span=span))
    over = tree.Range(one, held.particles, span=span)
    ex.out.append(tree.For(index, over, tree.Block(tuple(inner.out), span=span), span=span))
    return terms
