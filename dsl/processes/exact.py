"""The exact law of the steps of linear processes whose states read each other: of a vector, or of several numbers.

    dx = (A x + b) dt + L dW     x' ~ normal(exp(A h) x + shift, spread),     both integrals by Van Loan's construction

A is found from the drift at the unit vectors less that at 0, so that nothing is differentiated. Where every entry
stands by itself the scheme `exact` of the library does the same without matrices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from pushforward.dsl import tree
from pushforward.dsl.instantiate.names import name, number, substitute
from pushforward.dsl.processes.asked import Asked, call
from pushforward.dsl.processes.reading import State


@dataclass(frozen=True)
class System:
    """The matrices of a linear process, by their names in the model."""

    slope: str
    shift: str
    noise: str
    basis: str
    origin: str


@dataclass(frozen=True)
class Start:
    """The normal law in which a state begins. The variance of a vector is a number or a vector; `whole`, a matrix."""

    mean: tree.Expr
    variance: tree.Expr
    whole: bool = False


def system(asked: Asked) -> Iterator[tree.Statement | System]:
    """The statements that compute the matrices, once for all steps; and then their names."""
    names, label = asked.names, asked.process.node.name
    found = System(*(names.fresh(f"{label}_{text}") for text in ("slope", "shift", "noise", "basis", "origin")))
    zero, basis, size = found.origin, found.basis, _size(asked)
    span = asked.site.span
    yield tree.Let(basis, None, call("identity_matrix", size, at=asked.site), span=span)
    yield tree.Let(
        zero, None, _binary(asked, "*", number(0, asked.site), _row(asked, basis, number(0, asked.site))), span=span
    )
    yield tree.Let(found.shift, None, _drift(asked, name(zero, asked.site)), span=span)
    j = names.fresh("j")
    column = _binary(asked, "-", _drift(asked, _row(asked, basis, name(j, asked.site))), name(found.shift, asked.site))
    clause = tree.Clause(j, tree.Range(number(0, asked.site), size, span=span), span=span)
    columns = tree.Comprehension(column, (clause,), True, span=span)
    yield tree.Let(found.slope, None, tree.Transpose(columns, span=span), span=span)
    yield tree.Let(found.noise, None, _covariance(asked, basis), span=span)
    yield found


def step(
    asked: Asked, matrices: System, before: dict[str, tree.Expr], width: tree.Expr, after: dict[str, tree.Subscript]
) -> Iterator[tree.Statement]:
    """One step: the mean, the Cholesky factor of the covariance, and the law of each state given those before it."""
    A = name(matrices.slope, asked.site)
    there = _binary(asked, "*", _call(asked, "linear_flow", A, width), _stacked(asked, before))
    moved = _call(asked, "linear_shift", A, name(matrices.shift, asked.site), width)
    spread = _call(asked, "linear_spread", A, name(matrices.noise, asked.site), width)
    yield from _laws(asked, _binary(asked, "+", there, moved), spread, after)


def marginal(asked: Asked, matrices: System, begin: tuple[Start, ...], when: tree.Expr) -> Iterator[tree.Statement]:
    """The law at a time of a process that begins in independent normal laws."""
    at = asked.site
    A, basis = name(matrices.slope, at), matrices.basis
    flow = asked.names.fresh("flow")
    yield tree.Let(flow, None, _call(asked, "linear_flow", A, when), span=at.span)
    F = name(flow, at)
    if _is_vector(asked):
        (start,) = begin
        mean = _binary(asked, "+", start.mean, name(matrices.origin, at))
        first = start.variance
        if not start.whole:
            first = _binary(asked, ".*", name(basis, at), _columns(asked, basis, first))
    else:
        mean = tree.ListExpr(tuple(s.mean for s in begin), span=at.span)
        zero = number(0, at)
        rows = tuple(tuple(s.variance if i == j else zero for j in range(len(begin))) for i, s in enumerate(begin))
        first = tree.ListExpr(tuple(tree.ListExpr(r, span=at.span) for r in rows), span=at.span)
    moved = _call(asked, "linear_shift", A, name(matrices.shift, at), when)
    there = _binary(asked, "+", _binary(asked, "*", F, mean), moved)
    carried = _binary(asked, "*", _binary(asked, "*", F, first), tree.Transpose(F, span=at.span))
    spread = _call(asked, "linear_spread", A, name(matrices.noise, at), when)
    after = {s.name: name(s.name, at) for s in asked.process.states}
    yield from _laws(asked, there, _binary(asked, "+", carried, spread), after)


def _laws(
    asked: Asked, mean_: tree.Expr, covariance: tree.Expr, after: Mapping[str, tree.Name | tree.Subscript]
) -> Iterator[tree.Statement]:
    """The normal law of the states together, each given those before it."""
    at, names, span = asked.site, asked.names, asked.site.span
    mean, root = names.fresh("mean"), names.fresh("root")
    yield tree.Let(mean, None, mean_, span=span)
    yield tree.Let(root, None, _call(asked, "cholesky", covariance), span=span)
    states = asked.process.states
    if _is_vector(asked):
        law = _call(asked, "multi_normal_cholesky", name(mean, at), name(root, at))
        yield tree.Site(after[states[0].name], None, law, None, span=span)
        return
    surprises: list[tree.Expr] = []
    for i, state in enumerate(states):
        place: tree.Expr = tree.Subscript(name(mean, at), (number(i, at),), span=span)
        for k, surprise in enumerate(surprises):
            place = _binary(asked, "+", place, _binary(asked, "*", _entry(asked, root, i, k), surprise))
        flat = names.fresh(f"{state.name}_mean")
        yield tree.Let(flat, None, place, span=span)
        law = _call(asked, "normal", name(flat, at), _entry(asked, root, i, i))
        yield tree.Site(after[state.name], None, law, None, span=span)
        if i + 1 < len(states):
            rest = _binary(asked, "-", after[state.name], name(flat, at))
            known = names.fresh(f"{state.name}_surprise")
            yield tree.Let(known, None, _binary(asked, "/", rest, _entry(asked, root, i, i)), span=span)
            surprises.append(name(known, at))


def _is_vector(asked: Asked) -> bool:
    first = asked.process.states[0]
    return first.type is not None and bool(first.type.dims)


def _size(asked: Asked) -> tree.Expr:
    """How many numbers the states are."""
    if not _is_vector(asked):
        return number(len(asked.process.states), asked.site)
    type_ = asked.container(asked.process.states[0])
    return type_.dims[0]


def _stacked(asked: Asked, values: dict[str, tree.Expr]) -> tree.Expr:
    if _is_vector(asked):
        return values[asked.process.states[0].name]
    items = tuple(values[s.name] for s in asked.process.states)
    return tree.ListExpr(items, span=asked.site.span)


def _drift(asked: Asked, place: tree.Expr) -> tree.Expr:
    """The drift of all states where they are the entries of `place`."""
    states = asked.process.states
    meaning = dict(asked.inside)
    if _is_vector(asked):
        ones = _binary(asked, "*", number(0, asked.site), place)  # a drift that is a number is one for every entry
        return _binary(asked, "+", substitute(states[0].drift, {**meaning, states[0].name: place}), ones)
    for i, state in enumerate(states):
        front = place.subscripts if isinstance(place, tree.Subscript) else ()
        base = place.value if isinstance(place, tree.Subscript) else place
        meaning[state.name] = tree.Subscript(base, (*front, number(i, asked.site)), span=asked.site.span)
    items = tuple(substitute(s.drift, meaning) for s in states)
    return tree.ListExpr(items, span=asked.site.span)


def _covariance(asked: Asked, basis: str) -> tree.Expr:
    """What the noises add to the covariance in a unit of time."""
    states = asked.process.states
    if not _is_vector(asked):
        rows = (tree.ListExpr(tuple(_common(asked, a, b) for b in states), span=asked.site.span) for a in states)
        return tree.ListExpr(tuple(rows), span=asked.site.span)
    terms: list[tree.Expr] = []
    for noise in states[0].noises:
        value = substitute(noise.coefficient, asked.inside)
        if noise.product:
            terms.append(_binary(asked, "*", value, tree.Transpose(value, span=asked.site.span)))
        else:
            terms.append(
                _binary(
                    asked, ".*", name(basis, asked.site), _columns(asked, basis, _binary(asked, ".*", value, value))
                )
            )
    return reduce(lambda a, b: _binary(asked, "+", a, b), terms)


def _columns(asked: Asked, basis: str, value: tree.Expr) -> tree.Expr:
    """A number or a vector in every row of a matrix."""
    j = asked.names.fresh("j")
    row = _binary(asked, "*", number(0, asked.site), _row(asked, basis, name(j, asked.site)))
    full = _binary(asked, "+", value, row)
    clause = tree.Clause(j, tree.Range(number(0, asked.site), _size(asked), span=asked.site.span), span=asked.site.span)
    return tree.Comprehension(full, (clause,), True, span=asked.site.span)


def _common(asked: Asked, one: State, other: State) -> tree.Expr:
    terms = [
        _binary(asked, "*", substitute(a.coefficient, asked.inside), substitute(b.coefficient, asked.inside))
        for a in one.noises
        for b in other.noises
        if a.name == b.name
    ]  # fmt: skip
    return reduce(lambda a, b: _binary(asked, "+", a, b), terms) if terms else number(0, asked.site)


def _row(asked: Asked, basis: str, j: tree.Expr) -> tree.Expr:
    return tree.Subscript(name(basis, asked.site), (j,), span=asked.site.span)


def _entry(asked: Asked, root: str, i: int, k: int) -> tree.Expr:
    return tree.Subscript(name(root, asked.site), (number(i, asked.site), number(k, asked.site)), span=asked.site.span)


def _call(asked: Asked, function: str, *values: tree.Expr) -> tree.Expr:
    span = asked.site.span
    given = tuple(tree.Argument(None, v, span=span) for v in values)
    return tree.Call(tree.Name(function, span=span), given, span=span)


def _binary(asked: Asked, op: tree.BinaryOp, left: tree.Expr, right: tree.Expr) -> tree.Expr:
    return tree.Binary(op, left, right, span=asked.site.span)
