"""`at(p, t)`: the law of a process at one time, as a program.

Without noise x at t is a function of the start, and its density that of the start less the divergence of the drift
along the way (Chen, Rubanova, Bettencourt and Duvenaud 2018, theorem 1):

    x = integrate drift from start over [0, t]        log p_t(x) = log p_0(start) - integral of div drift,

the start found from x by the same equation backwards. With noise the law is normal where the process is linear and
begins in a normal law. Any other process can be drawn from at a time, by a scheme, and has no density that is known.

A process begins at the time 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.processes import NoLawAtTime
from pushforward.dsl.infer.report import Report
from pushforward.dsl.instantiate import programs
from pushforward.dsl.instantiate.flows import PROBES, density, drawn
from pushforward.dsl.instantiate.names import name
from pushforward.dsl.instantiate.values import Instance, Record
from pushforward.dsl.types import Array, Dim

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander
    from pushforward.dsl.processes.reading import Process, State

#: What the time is called in the programs that are made here.
WHEN = "time_of_law"


def at_time(ex: Expander, call: tree.Call, method: tree.Method | None) -> Instance:
    """The law that `at(p, t)`, or `at(p, t) by tsit5() @ hutchinson(4)`, is. Raises PF402, PF408 and PF629."""
    from pushforward.dsl.processes.moments import marginal, sampled
    from pushforward.dsl.processes.reading import read

    if len(call.arguments) != 2 or any(a.name is not None for a in call.arguments):
        raise _wrong(call, "write `at(p, t)`: a process with its arguments, and a time")
    written, when = call.arguments[0].value, call.arguments[1].value
    held = programs.program(ex, written) if ex.is_program(written) else None
    known = ex.writing.known
    if not isinstance(held, Instance) or held.node.kind != "process" or known is None:
        raise _wrong(written, "this is no process")
    if held.missing and not isinstance(written, tree.Call):
        held = programs.applied(ex, held, tree.Call(written, (), span=written.span))
    report = Report()
    process = read(known, held.node, report)
    if process is None:
        raise ProgramError(*(report.errors or report.not_yet))
    meaning = {**held.meaning, WHEN: _value(ex, when, held.label)}
    base = replace(held, meaning=meaning, label=held.label or held.node.name)
    if process.noisy:
        made, draws = marginal(known, process, WHEN), sampled(known, process, WHEN, method)
        if made is None:
            return replace(base, node=draws, drawn=replace(base, node=draws), unknown=_why(known, process))
        return replace(base, node=made, shapes=tuple((s.name, _shape(ex, base, s)) for s in process.states))
    if len(process.states) > 1:
        raise _wrong(written, "an equation of several states without noise: write one, a vector")
    probes = _probes(method)
    way = None if method is None or method.algorithm is None else replace(method, derivative=None)
    (state,) = process.states
    whole = replace(base, node=density(process, WHEN, way, probes), drawn=replace(base, node=drawn(process, WHEN, way)))
    return replace(whole, shapes=((state.name, _shape(ex, base, state)),), probes=probes)


def _wrong(node: tree.Node, label: str) -> ProgramError:
    helps = ("write `at(ou(1, 0, 2), 1.5)`",)
    return ProgramError(NoLawAtTime.diagnostic(node.span, label, helps=helps))


def _why(known: object, process: Process) -> str:
    from pushforward.dsl.processes.linear import why_not_linear

    return why_not_linear(process) or "its initial law is not normal"


def _value(ex: Expander, when: tree.Expr, label: str) -> tree.Expr:
    value = ex.expression(when)
    if isinstance(value, tree.Name | tree.Number):
        return value
    flat = ex.writing.names.fresh("time", label)
    ex.out.append(tree.Let(flat, None, value, span=when.span))
    return name(flat, when)


def _probes(method: tree.Method | None) -> int:
    """How many probes the trace is estimated with: none for the exact one."""
    match method:
        case None | tree.Method(derivative=None):
            return 0
        case tree.Method(
            derivative=tree.Call(
                function=tree.Name(id="hutchinson"), arguments=(tree.Argument(value=tree.Number(value=int(n))),)
            )
        ) if n > 0:
            return n
        case tree.Method(derivative=other):
            raise _wrong(
                other or tree.Node(), "the divergence is exact, or by `@ hutchinson(4)`, an estimate with 4 probes"
            )


def _shape(ex: Expander, held: Instance, state: State) -> Array:
    """The type of a state in the names of the program that is being written."""
    if state.type is None:
        return Array("real", ())
    inner = replace(ex, scope=dict(held.meaning), values=None)
    dims = []
    for written in state.type.dims:
        match inner.expression(written):
            case tree.Size(dim=dim):
                dims.append(dim)
            case tree.Number(value=int(n)):
                dims.append(Dim.const(n))
            case tree.Name(id=text):
                dims.append(Dim.name(text))
            case other:
                flat = ex.writing.names.fresh(f"{state.name}_size", held.label)
                ex.out.append(tree.Let(flat, None, other, span=written.span))
                dims.append(Dim.name(flat))
    return Array("real", tuple(dims))


def draw(ex: Expander, held: Instance, label: str, node: tree.Node) -> Record:
    """Write the draws of a law at a time; the record of the states then."""
    from pushforward.dsl.instantiate import sites

    assert held.drawn is not None
    if ex.loops:
        raise _wrong(node, "drawn in a loop: let a vector begin as many times")
    inner = sites.draw(ex, held.drawn, label, node)
    values: dict[str, tree.Expr | Record] = {}
    for text, made in inner.returned.items():
        flat = ex.writing.names.fresh(text, label)
        ex.out.append(tree.Let(flat, None, made(), span=node.span))
        values[text] = name(flat, node)
    return Record(held, values, values)


def with_probes(ex: Expander, held: Instance, node: tree.Node) -> Instance:
    """The law with the draws that its density is estimated with written before it."""
    if not held.probes:
        return held
    if ex.writing.plain:
        raise _wrong(node, "an estimate of a density stands in an objective; in a model it is exact")
    (_, type_), *_ = held.shapes or (("", Array("real", ())),)
    flat = ex.writing.names.fresh(PROBES, held.label)
    many: tree.Expr = tree.Number(held.probes, str(held.probes))
    dims: tuple[tree.Expr, ...] = (many, *(tree.Size(d, span=node.span) for d in type_.dims))
    law = tree.Call(tree.Name("std_normal", span=node.span), (), span=node.span)
    stop = tree.Method(None, tree.Name("stop", span=node.span), span=node.span)
    ex.out.append(
        tree.Site(tree.Name(flat, span=node.span), tree.TypeExpr("real", dims=dims), law, stop, span=node.span)
    )
    return replace(held, meaning={**held.meaning, PROBES: name(flat, node)})
