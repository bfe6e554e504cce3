"""`convex_update(p)`: a guide with the dependences of the program `p`, whose laws have arguments moved from those of p.

    theta ~ normal(mu, tau)     theta ~ normal(a * mu + (1 - a) * mu_0, b * tau + (1 - b) * tau_0)

A weight (a, b) and a place to go (mu_0, tau_0) for every argument of the law of every unknown, element by element. With
weight 1 the guide is the prior of p given what comes before, with weight 0 it forgets what comes before. Places lie in
the domain of the argument, which is convex; arguments that are whole numbers, or whose domain depends on other
arguments, stay as they are.

Ambrogioni, Lin, Fertig, Vikram, Hinne, Moore and van Gerven, "Automatic structured variational inference" (2021),
equation 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree, typed
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.programs import NotTheseArguments
from pushforward.dsl.infer.taint import head
from pushforward.dsl.instantiate import programs
from pushforward.dsl.instantiate.names import Names, bound_names, name, number
from pushforward.dsl.instantiate.values import Instance, Meaning
from pushforward.dsl.source import Span
from pushforward.dsl.types import Array, Dim

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander


def convex_update(ex: Expander, held: Instance, node: tree.Node) -> Instance:
    """The guide of a program that was checked by itself. Raises PF408 for a law whose arguments cannot be moved."""
    if held.typed is None:
        what = "`convex_update` of a program that itself takes programs or has parameters"
        raise ProgramError(NotTheseArguments.diagnostic(node.span, "here", what=what))
    writer = _Writer(held, {s.span: s for s in _sites(held.typed.body)}, Names(bound_names(held.node.body)))
    body = tuple(writer.statements(held.node.body.statements))
    block = replace(held.node.body, statements=(*writer.params, *body))
    guide = replace(held.node, name=f"{held.node.name}_guide", body=block)
    meaning: dict[str, Meaning] = {**held.meaning, **held.observed}
    return programs.with_params(ex, Instance(guide, held.label, meaning))


def _sites(body: Iterable[typed.Statement]) -> Iterator[typed.Site]:
    for stmt in body:
        match stmt:
            case typed.Site():
                yield stmt
            case typed.For():
                yield from _sites(stmt.body)
            case typed.If():
                yield from _sites((*stmt.then, *stmt.orelse))
            case _:
                pass


@dataclass
class _Writer:
    held: Instance
    sites: dict[Span, typed.Site]
    names: Names
    params: list[tree.Param] = field(default_factory=list)
    made: dict[str, tree.Param] = field(default_factory=dict)
    loops: tuple[str, ...] = ()

    def statements(self, nodes: Iterable[tree.Statement]) -> Iterator[tree.Statement]:
        """The statements of the guide: the sites of unknowns, and what they may need."""
        for node in nodes:
            match node:
                case tree.Site(target=target):
                    if head(target) not in self.held.observed and not self.sites[node.span].observes:
                        yield self.moved(node, self.sites[node.span])
                case tree.Declare(name=text) if text in self.held.observed:
                    pass
                case tree.Factor() | tree.Return() | tree.Param():
                    pass  # factors belong to the density of p, not to a law of the guide
                case tree.For(index=index):
                    inner = replace(self, loops=(*self.loops, index))
                    yield replace(node, body=inner.block(node.body))
                case tree.If(then=then, orelse=orelse):
                    no = None if orelse is None else self.block(orelse)
                    yield replace(node, then=self.block(then), orelse=no)
                case _:
                    yield node

    def block(self, block: tree.Block) -> tree.Block:
        return replace(block, statements=tuple(self.statements(block.statements)))

    def moved(self, node: tree.Site, site: typed.Site) -> tree.Site:
        """A site whose law has moved arguments."""
        law, call = site.law, node.distribution
        if not isinstance(law, typed.Draw) or not isinstance(call, tree.Call) or law.distribution.name == "flat":
            where, what = f"this is the law of {site.address}", "`convex_update` of a mixture or of `flat()`"
            raise ProgramError(NotTheseArguments.diagnostic(node.distribution.span, where, what=what))
        formal = [p.name for p in law.distribution.parameters]
        written = []
        for position, argument in enumerate(call.arguments):
            which = position if argument.name is None else formal.index(argument.name)
            written.append(replace(argument, value=self.argument(argument.value, node, site, law, which)))
        return replace(node, distribution=replace(call, arguments=tuple(written)))

    def argument(self, value: tree.Expr, node: tree.Site, site: typed.Site, law: typed.Draw, which: int) -> tree.Expr:
        """An argument between what p says and a place of its own."""
        parameter = law.distribution.parameters[which]
        wanted, given = parameter.type, law.arguments[which].type
        assert isinstance(wanted, Array) and isinstance(given, Array)
        domain = annotation(wanted, node.span)
        if domain is None:
            return value
        assert self.held.typed is not None
        whole = self.held.typed.variable(site.address).type.dims
        rank, event = wanted.rank, law.distribution.support.rank
        elements = whole[: len(site.subs)] if event else whole
        subscripts = self.subscripts(node, len(site.subs))
        label = f"{site.address}_{parameter.name}"
        dims = (*elements, *given.dims[len(given.dims) - rank :])
        place = self.param(label, domain, dims, node.span)
        weight = self.param(f"{label}_weight", tree.TypeExpr("unit", span=node.span), elements, node.span)
        if subscripts:
            place, weight = (tree.Subscript(x, subscripts, span=node.span) for x in (place, weight))
        rest = tree.Binary("-", number(1, node), weight, span=node.span)
        return tree.Binary("+", _times(weight, value), _times(rest, place), span=value.span)

    def param(self, text: str, type_: tree.TypeExpr, dims: tuple[Dim, ...], span: Span) -> tree.Expr:
        """A parameter of the guide, which begins at the origin of its free coordinates."""
        shape = programs.translated(Array("real", dims), self.held).dims
        if type_.name in SQUARE:
            shape = shape[:-1]
        written = replace(type_, dims=tuple(tree.Size(d, span=span) for d in shape))
        made = self.made.get(text)
        if made is None or made.type != written:  # the sites of one variable share what has one shape
            made = tree.Param(self.names.fresh(text), written, None, span=span)
            self.params.append(made)
            self.made[text] = made
        return tree.Name(made.name, span=span)

    def subscripts(self, node: tree.Site, count: int) -> tuple[tree.Expr | tree.Slice, ...]:
        """The element of a variable that a site draws."""
        if isinstance(node.target, tree.Subscript):
            return node.target.subscripts
        return tuple(name(index, node) for index in self.loops[len(self.loops) - count :]) if count else ()


SQUARE = frozenset(("cov_matrix", "cholesky_cov"))
CONVEX = frozenset(("simplex", "ordered", "positive_ordered", "sum_to_zero", "stochastic_matrix", *SQUARE))


def annotation(type_: Array, span: Span) -> tree.TypeExpr | None:
    """A type without its dimensions as it would be written, if it is a convex set that depends on nothing."""
    constraint = type_.constraint
    low, high = constraint.lower, constraint.upper
    if type_.element != "real" or not all(b is None or isinstance(b, int | float) for b in (low, high)):
        return None
    match constraint.kind:
        case "none":
            return tree.TypeExpr("real", span=span)
        case "interval" if (low, high) == (0.0, None):
            return tree.TypeExpr("positive", span=span)
        case "interval" if (low, high) == (0.0, 1.0):
            return tree.TypeExpr("unit", span=span)
        case kind if kind in CONVEX:
            return tree.TypeExpr(kind, span=span)
        case _:
            return None


def _times(a: tree.Expr, b: tree.Expr) -> tree.Expr:
    return tree.Binary(".*", a, b, span=b.span)
