"""What the text of a process says: its states, how each begins, its drift and its noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Protocol

from pushforward.dsl import tree
from pushforward.dsl.errors.processes import ProcessShape
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import head, names_of
from pushforward.dsl.instantiate.names import START, substitute
from pushforward.dsl.source import Span

#: The name of time in a process.
TIME = "t"


@dataclass(frozen=True)
class State:
    """A state: its declared type (None: a real), its initial law, its drift, and its noise: the coefficient of one
    standard Brownian motion of its own (None: none). Independent noises of one state are one, with the root of the
    summed squares as its coefficient: the law of the path is the same.
    """

    name: str
    type: tree.TypeExpr | None
    initial: tree.Expr
    drift: tree.Expr
    noise: tree.Expr | None
    equation: tree.Differential


@dataclass(frozen=True)
class Process:
    """A process as it was written. `lets` are the values that depend neither on time nor on the states; those that do
    have been put in where they are read."""

    node: tree.Program
    states: tuple[State, ...]
    lets: tuple[tree.Let, ...]

    @property
    def noisy(self) -> bool:
        """Whether any state has a noise."""
        return any(s.noise is not None for s in self.states)


class Known(Protocol):
    """What tells programs from laws: the declarations of a file."""

    def program(self, name: str) -> tree.Program | None: ...
    def is_law(self, name: str) -> bool: ...


def read(known: Known, node: tree.Program, report: Report) -> Process | None:
    """The process; None after a report (PF620). `known` has the programs that it may begin as."""
    equations = {s.state: s for s in node.body.statements if isinstance(s, tree.Differential)}
    sites = {head(s.target): s for s in node.body.statements if isinstance(s, tree.Site)}
    if not _well_formed(node, equations, sites, report):
        return None
    moving = set(equations) | ({TIME} - {p.name for p in node.parameters})
    lets: list[tree.Let] = []
    inlined: dict[str, tree.Expr] = {}
    for let in node.body.statements:
        if not isinstance(let, tree.Let) or let.value is None:
            continue
        if names_of(let.value) & (moving | inlined.keys()):
            inlined[let.name] = substitute(let.value, inlined)
        else:
            lets.append(let)
    states = tuple(
        State(
            name, *_start(known, node, sites[name], inlined), substitute(_drift(equation), inlined),
            _noise(equation, inlined), equation,
        )
        for name, equation in equations.items()
    )  # fmt: skip
    return Process(node, states, tuple(lets))


def _start(
    known: Known, node: tree.Program, site: tree.Site, inlined: dict[str, tree.Expr]
) -> tuple[tree.TypeExpr | None, tree.Expr]:
    """The type of a state and its initial law. What begins as a program draws is a vector, if nothing else is said."""
    law, span = site.distribution, site.distribution.span
    inner = law
    while isinstance(inner, tree.Call | tree.Binary):
        inner = inner.function if isinstance(inner, tree.Call) else inner.left
    named = inner.id if isinstance(inner, tree.Name) else ""
    given = any(p.name == named and p.type is not None and p.type.name == "model" for p in node.parameters)
    found = known.program(named) if named and not known.is_law(named) else None
    if not given and (found is None or found.kind != "model"):
        return site.type, substitute(law, inlined)
    program = (tree.Argument(None, law, span=span),)
    size = tree.Call(tree.Name("dim", span=span), program, span=span)
    type_ = site.type if site.type is not None else tree.TypeExpr("vector", dims=(size,), span=span)
    return type_, tree.Call(tree.Name(START, span=span), program, span=span)


def _well_formed(
    node: tree.Program, equations: dict[str, tree.Differential], sites: dict[str, tree.Site], report: Report
) -> bool:
    def wrong(place: tree.Node, label: str, *helps: str) -> bool:
        report.error(ProcessShape, place.span, label, helps=helps, name=node.name)
        return False

    if not equations:
        return wrong(node, "no `dx = ... dt + ... dW` here")
    written = [s.state for s in node.body.statements if isinstance(s, tree.Differential)]
    twice = next((s for s in written if written.count(s) > 1), None)
    if twice is not None:
        return wrong(equations[twice], f"a second equation of `{twice}`", "write one, with a sum of terms")
    noises: dict[str, str] = {}
    for name, equation in equations.items():
        if name not in sites:
            return wrong(equation, f"`{name}` has no initial law", f"write `{name} ~ ...` before it")
        for term in equation.terms:
            if term.differential != "t" and noises.setdefault(term.differential, name) != name:
                report.later(
                    f"`{node.name}`", "a noise of two states", _span(term, equation), "correlated noises are coming"
                )
                return False
    for stmt in node.body.statements:
        match stmt:
            case tree.Differential() | tree.Param():
                pass
            case tree.Let(value=value) if value is not None:
                pass
            case tree.Site(target=tree.Name(id=name), method=None) if name in equations:
                if stmt.type is not None and not _plain(stmt.type):
                    return wrong(
                        stmt.type, "a state of this type leaves its domain",
                        "let a real state evolve, and transform it: the logarithm of what is positive",
                    )  # fmt: skip
            case tree.Site(target=target):
                return wrong(target, "no equation says how this evolves", f"write `d{head(target)} = ...`")
            case _:
                return wrong(stmt, "this has no place in a process")
    return True


def _span(term: tree.DifferentialTerm, equation: tree.Differential) -> Span:
    """Where a term stands."""
    return term.span if term.span.end else equation.span


def _plain(written: tree.TypeExpr) -> bool:
    return written.name in ("real", "vector", "matrix") and not written.bounds


def _drift(equation: tree.Differential) -> tree.Expr:
    """The sum of the terms before `dt`; 0 when there are none."""
    terms = [_signed(t) for t in equation.terms if t.differential == "t"]
    zero: tree.Expr = tree.Number(0, "0", span=equation.span)
    return reduce(lambda a, b: tree.Binary("+", a, b, span=equation.span), terms) if terms else zero


def _signed(term: tree.DifferentialTerm) -> tree.Expr:
    value = term.coefficient if term.coefficient is not None else tree.Number(1, "1", span=term.span)
    return tree.Unary("-", value, span=value.span) if term.sign == "-" else value


def _noise(equation: tree.Differential, inlined: dict[str, tree.Expr]) -> tree.Expr | None:
    """The coefficient of one Brownian motion: those of one noise are added, those of several in squares."""
    by_noise: dict[str, tree.Expr] = {}
    for term in equation.terms:
        if term.differential != "t":
            value, before = substitute(_signed(term), inlined), by_noise.get(term.differential)
            by_noise[term.differential] = (
                value if before is None else tree.Binary("+", before, value, span=equation.span)
            )
    if len(by_noise) <= 1:
        return next(iter(by_noise.values()), None)
    squares = [tree.Binary(".*", v, v, span=v.span) for v in by_noise.values()]
    total: tree.Expr = reduce(lambda a, b: tree.Binary("+", a, b, span=equation.span), squares)
    return tree.Call(
        tree.Name("sqrt", span=equation.span), (tree.Argument(None, total, span=equation.span),), span=equation.span
    )
