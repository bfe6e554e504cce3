"""The two programs of an equation without noise at a time: one that draws from its law, one that has its density."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.instantiate.names import START, substitute

if TYPE_CHECKING:
    from pushforward.dsl.processes.reading import Process, State

#: What the draws are called with which a divergence is estimated; and the names in the programs that are made here.
PROBES = "probes"
_BEGIN, _WAY, _CLOCK, _POINT = "start_of_flow", "way_of_flow", "clock_of_flow", "point_of_flow"


def drawn(process: Process, when: str, method: tree.Method | None) -> tree.Program:
    """The program that draws a start, and gives back where the equation takes it."""
    (state,) = process.states
    span = state.equation.span
    type_ = state.type if state.type is not None else None
    begin = tree.Name(_BEGIN, span=span)
    declared: tuple[tree.Statement, ...] = ()
    if _is_program(state):
        assert state.type is not None
        declared, type_ = (tree.Declare(_BEGIN, state.type, span=span),), None
    site = tree.Site(begin, type_, _at_start(process, state.initial), None, span=span)
    formals = (tree.Parameter(_CLOCK, None), tree.Parameter(_POINT, None))
    value = _there(process, state, tree.Name(_CLOCK), tree.Name(_POINT))
    field = tree.Lambda(formals, tree.Block((tree.Return(value, span=span),), span=span), span=span)
    way = tree.Let(_WAY, None, _integral(field, begin, when, method), span=span)
    end = tree.Subscript(tree.Name(_WAY), (tree.Number(1, "1"),), span=span)
    back = tree.Return(tree.RecordExpr((tree.Field(state.name, end),), span=span), span=span)
    return _program(process, when, (*process.lets, *declared, site, way, back))


def density(process: Process, when: str, method: tree.Method | None, probes: int) -> tree.Program:
    """The program whose only variable is the state at the time: flat, times the density that its start and the
    divergence on the way back give."""
    (state,) = process.states
    span, number = state.equation.span, state.type is None
    place = tree.Name(state.name, span=span)
    size: tree.Expr = tree.Number(1, "1") if state.type is None else state.type.dims[0]
    whole = tree.Name(_POINT, span=span)
    zero = tree.Number(0, "0", span=span)
    x: tree.Expr = tree.Subscript(whole, (zero if number else tree.Slice(zero, size),), span=span)
    clock = tree.Binary("-", tree.Name(when), tree.Name(_CLOCK), span=span)
    here = tree.Let("here_of_flow", None, x, span=span)
    at = tree.Name("here_of_flow", span=span)
    divergence = _divergence(process, state, clock, at, size, probes)
    back = tree.Unary("-", _there(process, state, clock, at), span=span)
    both = _call("append", _one(back) if number else back, divergence)
    formals = (tree.Parameter(_CLOCK, None), tree.Parameter(_POINT, None))
    field = tree.Lambda(formals, tree.Block((here, tree.Return(both, span=span)), span=span), span=span)
    start = _call("append", _one(place) if number else place, tree.Number(0.0, "0.0"))
    way = tree.Let(_WAY, None, _integral(field, start, when, method), span=span)
    end = tree.Number(1, "1")
    first = tree.Subscript(tree.Name(_WAY), (end, zero if number else tree.Slice(zero, size)), span=span)
    begin = tree.Let(_BEGIN, None, first, span=span)
    change = tree.Subscript(tree.Name(_WAY), (end, size if not number else tree.Number(1, "1")), span=span)
    site = tree.Site(place, state.type, _call("flat"), None, span=span)
    factors = (
        tree.Factor(_initial(process, state), span=span),
        tree.Factor(tree.Unary("-", change, span=span), span=span),
    )
    return _program(process, when, (*process.lets, site, way, begin, *factors))


def _initial(process: Process, state: State) -> tree.Expr:
    """The log density of the start."""
    law, begin, span = _at_start(process, state.initial), tree.Name(_BEGIN), state.equation.span
    if _is_program(state):
        assert isinstance(law, tree.Call)
        return tree.Call(
            tree.Call(tree.Name("logp"), law.arguments, span=span), (tree.Argument(None, begin),), span=span
        )
    given = tree.Given("begun_of_flow", state.type, begin, span=span)
    site = tree.Site(tree.Name("begun_of_flow"), None, law, None, span=span)
    return tree.LogDensity(tree.Block((given, site), span=span), span=span)


def _divergence(
    process: Process, state: State, clock: tree.Expr, at: tree.Expr, size: tree.Expr, probes: int
) -> tree.Expr:
    span, u = state.equation.span, tree.Name("u_of_flow")
    moved = _there(process, state, clock, u)
    if state.type is None:
        return _gradient(moved, at)
    if not probes:
        j = tree.Name("j_of_flow")
        entry = tree.Subscript(_gradient(_entry(moved, j), at), (j,), span=span)
        each = tree.Clause("j_of_flow", tree.Range(tree.Number(0, "0"), size), span=span)
        return _call("sum", tree.Comprehension(entry, (each,), True, span=span))
    i = tree.Name("i_of_flow")
    probe = tree.Subscript(tree.Name(PROBES), (i,), span=span)
    along = _call("dot", probe, _gradient(_call("dot", probe, moved), at))
    each = tree.Clause("i_of_flow", tree.Range(tree.Number(0, "0"), tree.Number(probes, str(probes))), span=span)
    return _call("mean", tree.Comprehension(along, (each,), True, span=span))


def _gradient(value: tree.Expr, at: tree.Expr) -> tree.Expr:
    """`grad(fun(u) = value)(at)`."""
    function = tree.Lambda((tree.Parameter("u_of_flow", None),), value, span=value.span)
    operator = tree.Call(tree.Name("grad"), (tree.Argument(None, function),), span=value.span)
    return tree.Call(operator, (tree.Argument(None, at),), span=value.span)


def _entry(value: tree.Expr, j: tree.Expr) -> tree.Expr:
    return tree.Subscript(value, (j,), span=value.span)


def _there(process: Process, state: State, time: tree.Expr, x: tree.Expr) -> tree.Expr:
    """The drift at a time and a place."""
    own = {p.name for p in process.node.parameters}
    meaning = {state.name: x} | ({} if "t" in own else {"t": time})
    return substitute(state.drift, meaning)


def _at_start(process: Process, law: tree.Expr) -> tree.Expr:
    if any(p.name == "t" for p in process.node.parameters):
        return law
    if isinstance(law, tree.Call):
        zero: dict[str, tree.Expr] = {"t": tree.Number(0, "0")}
        return replace(law, arguments=tuple(replace(a, value=substitute(a.value, zero)) for a in law.arguments))
    return law


def _is_program(state: State) -> bool:
    return isinstance(state.initial, tree.Call) and state.initial.function == tree.Name(START)


def _integral(field: tree.Expr, start: tree.Expr, when: str, method: tree.Method | None) -> tree.Expr:
    times = tree.ListExpr((tree.Number(0.0, "0.0"), tree.Name(when)), span=start.span)
    whole: tree.Expr = tree.Integrate(field, start, times, span=start.span)
    return whole if method is None else tree.Hole(whole, method, span=method.span)


def _program(process: Process, when: str, body: tuple[tree.Statement, ...]) -> tree.Program:
    time = tree.Parameter(when, tree.TypeExpr("real"), span=process.node.span)
    parameters = (*process.node.parameters, time)
    return replace(
        process.node, kind="model", parameters=parameters, body=tree.Block(body, span=process.node.body.span)
    )


def _call(function: str, *values: tree.Expr) -> tree.Expr:
    given = tuple(tree.Argument(None, v, span=v.span) for v in values)
    return tree.Call(tree.Name(function), given, span=values[0].span if values else tree.Name("").span)


def _one(value: tree.Expr) -> tree.Expr:
    return tree.ListExpr((value,), span=value.span)
