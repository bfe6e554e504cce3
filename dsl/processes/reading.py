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

#: The types of numbers.
_NUMBERS = ("real", "positive", "unit", "nonneg", "int")

#: The name of time in a process.
TIME = "t"


@dataclass(frozen=True)
class Noise:
    """A standard Brownian motion in the equation of a state: `s dW`, entry by entry, or `L * dW`, a `product` of a
    matrix and a vector."""

    name: str
    coefficient: tree.Expr
    product: bool = False


@dataclass(frozen=True)
class State:
    """A state: its declared type (None: a real), its initial law, its drift and its noises. Independent noises of one
    state alone, entry by entry, are one, with the root of the summed squares as its coefficient: the law of the path is
    the same.
    """

    name: str
    type: tree.TypeExpr | None
    initial: tree.Expr
    drift: tree.Expr
    noises: tuple[Noise, ...]
    equation: tree.Differential

    @property
    def noise(self) -> tree.Expr | None:
        """The coefficient of the only noise, if that is one entry by entry."""
        match self.noises:
            case (Noise(coefficient=only, product=False),):
                return only
            case _:
                return None


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
        return any(s.noises for s in self.states)

    def states_of(self, noise: str) -> tuple[State, ...]:
        """The states that a noise moves."""
        return tuple(s for s in self.states if any(n.name == noise for n in s.noises))

    @property
    def noises(self) -> tuple[str, ...]:
        """The names of the noises, in the order of the equations."""
        return tuple(dict.fromkeys(n.name for s in self.states for n in s.noises))

    def shares(self, state: State) -> bool:
        """Whether a noise of a state moves another one, too."""
        return any(len(self.states_of(n.name)) > 1 for n in state.noises)

    @property
    def joint(self) -> State | None:
        """The first state with a matrix of noises, or with a noise that moves another state, too."""
        return next((s for s in self.states if (s.noises and s.noise is None) or self.shares(s)), None)


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
    states = tuple(_state(known, node, sites[name], equations, inlined) for name in equations)
    return Process(node, states, tuple(lets))


def _state(
    known: Known, node: tree.Program, site: tree.Site, equations: dict[str, tree.Differential],
    inlined: dict[str, tree.Expr],
) -> State:  # fmt: skip
    name = head(site.target)
    equation = equations[name]
    type_, law = _start(known, node, site, inlined)
    number = type_ is None or not type_.dims
    noises = _noises(node, equation, equations, number, inlined)
    return State(name, type_, law, substitute(_drift(equation), inlined), noises, equation)


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
    for name, equation in equations.items():
        if name not in sites:
            return wrong(equation, f"`{name}` has no initial law", f"write `{name} ~ ...` before it")
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


def _noises(
    node: tree.Program, equation: tree.Differential, equations: dict[str, tree.Differential], number: bool,
    inlined: dict[str, tree.Expr],
) -> tuple[Noise, ...]:  # fmt: skip
    """The noises of a state: the terms of one are added, and those of several that are its own alone are one."""
    found: dict[str, Noise] = {}
    for term in equation.terms:
        if term.differential == "t":
            continue
        value, name = substitute(_signed(term), inlined), term.differential
        product = term.product and not number and not evidently_number(node, value)
        before = found.get(name)
        if before is not None:
            value = _added(before, Noise(name, value, product), equation)
            product = product or before.product
        found[name] = Noise(name, value, product)
    elsewhere = {t.differential for s, e in equations.items() if e is not equation for t in e.terms}
    if len(found) <= 1 or any(n.product or n.name in elsewhere for n in found.values()):
        return tuple(found.values())
    squares = [tree.Binary(".*", n.coefficient, n.coefficient, span=n.coefficient.span) for n in found.values()]
    total: tree.Expr = reduce(lambda a, b: tree.Binary("+", a, b, span=equation.span), squares)
    root = tree.Call(
        tree.Name("sqrt", span=equation.span), (tree.Argument(None, total, span=equation.span),), span=equation.span
    )
    return (Noise(next(iter(found)), root),)


def _added(one: Noise, other: Noise, equation: tree.Differential) -> tree.Expr:
    """The sum of two coefficients of one noise. Beside a matrix L, `s dW` is the matrix with s on its diagonal."""
    if one.product == other.product:
        return tree.Binary("+", one.coefficient, other.coefficient, span=equation.span)
    matrix, number = (one, other) if one.product else (other, one)
    given = tuple(tree.Argument(None, n.coefficient, span=equation.span) for n in (matrix, number))
    return tree.Call(tree.Name("add_diag", span=equation.span), given, span=equation.span)


def evidently_number(node: tree.Program, value: tree.Expr) -> bool:
    """Whether what stands before `* dW` is a number for certain, so that `s * dW` is `s dW`."""
    match value:
        case tree.Number():
            return True
        case tree.Name(id=text):
            formal = next((p.type for p in node.parameters if p.name == text), None)
            return formal is not None and formal.name in _NUMBERS and not formal.dims
        case tree.Unary(operand=operand):
            return evidently_number(node, operand)
        case tree.Binary(left=left, right=right):
            return evidently_number(node, left) and evidently_number(node, right)
        case tree.Call(function=tree.Name(id="sqrt" | "exp" | "abs" | "log"), arguments=(argument,)):
            return evidently_number(node, argument.value)
        case _:
            return False
