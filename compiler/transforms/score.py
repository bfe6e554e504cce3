"""condition: replace the draw at each observed address by a score.

    y ~ normal(mu, 1)          score normal(mu, 1) at y

A variable that the data give loses its declaration and becomes an input; its sites become scores.
`score_latents` does the same for the variables that remain, whose values are then inputs too: what a density
is. `forget_latents` drops their sites instead: what predictions and generated quantities are made from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, statements
from pushforward.dsl.types import Array


def condition(program: ir.Program, observed: frozenset[str]) -> ir.Program:
    """The program in which the variables named in `observed` are data, and every site that observes is a
    score.
    """
    inputs = tuple(
        ir.Input(v.name, v.type.plain(), "data", span=v.span) for v in program.variables if v.name in observed
    )
    variables = tuple(replace(v, observed=v.observed or v.name in observed) for v in program.variables)
    fresh = Fresh(names_of(program))
    body = _rewrite(program, lambda s: s.observes or s.address in observed, observed, fresh)
    return replace(program, inputs=(*program.inputs, *inputs), variables=variables, body=body)


def variable_of(given: ir.Input) -> str:
    """The variable of which an input of role `given` tells what the data say."""
    return re.sub(r"_given(_\d+)*$", "", given.name)


def give(program: ir.Program, observed: frozenset[str]) -> ir.Program:
    """The program that knows what the data say of the variables in `observed`, and still draws them: elements
    without a site are taken from the data, which are the inputs of role `given`. Sites that observe a
    computed value are dropped.
    """
    fresh = Fresh(names_of(program))
    inputs = tuple(
        ir.Input(fresh(f"{v.name}_given"), v.type.plain(), "given", span=v.span)
        for v in program.variables
        if v.name in observed
    )
    variables = tuple(replace(v, observed=v.observed or v.name in observed) for v in program.variables)
    body = _filter(program.body, lambda s: not (isinstance(s, ir.Site) and s.observes))
    return replace(program, inputs=(*program.inputs, *inputs), variables=variables, body=body)


def return_variables(program: ir.Program, names: frozenset[str], *, alone: bool = False) -> ir.Program:
    """The program also returns the variables in `names`; `alone`: and nothing else."""
    returned = next((s.fields for s in program.body if isinstance(s, ir.Return)), ())
    fields: tuple[tuple[str, ir.Atom], ...] = tuple(
        (v.name, ir.Var(v.name)) for v in program.variables if v.name in names
    )
    if not alone:
        fields = (*fields, *((n, a) for n, a in returned if n not in names))
    body = tuple(s for s in program.body if not isinstance(s, ir.Return))
    return replace(program, body=(*body, ir.Return(fields, span=program.span)))


def score_latents(program: ir.Program) -> ir.Program:
    """Every site is a score; the declarations stay, so that `unconstrain` or `take_latents` can say where
    values come from.
    """
    return replace(program, body=_rewrite(program, lambda s: True, frozenset(), Fresh(names_of(program))))


def take_latents(program: ir.Program) -> ir.Program:
    """Variables that are still declared become inputs."""
    taken = tuple(v for v in program.variables if not v.observed)
    inputs = tuple(ir.Input(v.name, v.type.plain(), "latent", span=v.span) for v in taken)
    names = frozenset(v.name for v in taken)
    body = tuple(s for s in program.body if not (isinstance(s, ir.Declare) and s.name in names))
    return replace(program, inputs=(*program.inputs, *inputs), body=body)


def forget_latents(program: ir.Program) -> ir.Program:
    """Sites of unobserved variables are dropped: their values are given."""
    latent = frozenset(v.name for v in program.variables if not v.observed)
    body = _filter(program.body, lambda s: not (isinstance(s, ir.Site) and s.address in latent))
    return replace(program, body=body)


def forget_scores(program: ir.Program) -> ir.Program:
    """Scores and factors are dropped: nothing but values is asked for."""
    return replace(program, body=_filter(program.body, lambda s: not isinstance(s, (ir.Score, ir.Factor))))


def forget_return(program: ir.Program) -> ir.Program:
    """What the program gives back is dropped: only its density is asked for."""
    return replace(program, body=_filter(program.body, lambda s: not isinstance(s, ir.Return)))


def forget_sites(program: ir.Program) -> ir.Program:
    """All sites are dropped: every variable's value is given."""
    return replace(program, body=_filter(program.body, lambda s: not isinstance(s, ir.Site)))


def _filter(body: Iterable[ir.Stmt], keep: Callable[[ir.Stmt], bool]) -> tuple[ir.Stmt, ...]:
    kept: list[ir.Stmt] = []
    for stmt in body:
        match stmt:
            case ir.For():
                kept.append(replace(stmt, body=_filter(stmt.body, keep)))
            case ir.If():
                kept.append(replace(stmt, then=_filter(stmt.then, keep), orelse=_filter(stmt.orelse, keep)))
            case _ if keep(stmt):
                kept.append(stmt)
    return tuple(kept)


def _rewrite(
    program: ir.Program, known: Callable[[ir.Site], bool], gone: frozenset[str], fresh: Fresh
) -> tuple[ir.Stmt, ...]:
    declares = {s.name: s for s in program.body if isinstance(s, ir.Declare)}
    arrays = frozenset(array_names(program))

    def block(body: Iterable[ir.Stmt]) -> tuple[ir.Stmt, ...]:
        return tuple(new for stmt in body for new in one(stmt))

    def one(stmt: ir.Stmt) -> tuple[ir.Stmt, ...]:
        match stmt:
            case ir.Site() if known(stmt):
                return _score(stmt, declares.get(stmt.address), arrays, fresh)
            case ir.Declare(name) if name in gone:
                return ()
            case ir.For():
                return (replace(stmt, body=block(stmt.body)),)
            case ir.If():
                return (replace(stmt, then=block(stmt.then), orelse=block(stmt.orelse)),)
            case _:
                return (stmt,)

    return block(program.body)


def _score(site: ir.Site, declare: ir.Declare | None, arrays: frozenset[str], fresh: Fresh) -> tuple[ir.Stmt, ...]:
    before: list[ir.Stmt] = []

    def here(bound: ir.Atom | None) -> ir.Atom | None:
        """A bound at the place of the site: an array of bounds has one for each element of the variable."""
        if not isinstance(bound, ir.Var) or bound.name not in arrays or not site.subs:
            return bound
        name = fresh("t")
        type_ = Array("real", site.value.dims)
        before.append(ir.Let(name, type_, ir.Index(bound, site.subs, span=site.span), span=site.span))
        return ir.Var(name)

    truncation = None
    if site.truncated and declare is not None:
        kind = declare.type.constraint.kind
        truncation = ir.Truncation(kind, here(declare.lower), here(declare.upper))
    value = ir.Var(site.address)
    score = ir.Score(site.law, value, site.value, site.address, truncation, span=site.span)
    if not site.subs:
        return (*before, score)
    name = fresh("t")
    read = ir.Let(name, site.value, ir.Index(value, site.subs, span=site.span), span=site.span)
    return (*before, read, replace(score, value=ir.Var(name)))


def array_names(program: ir.Program) -> Iterator[str]:
    """The names that stand for arrays."""
    for given in program.inputs:
        if given.type.rank:
            yield given.name
    for stmt in statements(program.body):
        if isinstance(stmt, (ir.Let, ir.Container, ir.Declare)) and stmt.type.rank:
            yield stmt.name
