"""Processes in objectives: `x0 ~ initial(v)`, `drift(v)(t, x)` and `noise(v)(t, x)` of a process `v` with one state.

    process flow(p0: model) { param f: mlp(..);  x ~ p0;  dx = f(append(x, t)) dt }
    x0 ~ initial(flow)        ->  what p0 draws
    drift(flow)(s, y)         ->  f(append(y, s))

The law of the start is a program like any other: it is drawn from, and has a density. A coefficient is the text of the
equation with values in place of time and state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.flows import NotAField
from pushforward.dsl.infer.report import Report
from pushforward.dsl.instantiate import programs
from pushforward.dsl.instantiate.names import name, number
from pushforward.dsl.instantiate.values import Instance, Programs
from pushforward.dsl.processes.reading import TIME, Process, State, read

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander

COEFFICIENTS = ("drift", "noise")


def initial(ex: Expander, held: Programs, node: tree.Expr) -> Programs:
    """The law of the start of a process, as a program. Raises PF415."""
    process, state = one_state(held, node)
    assert isinstance(held, Instance)
    inside = replace(ex, scope=dict(held.meaning), label=held.label, fixed=held.fixed or ex.fixed)
    if inside.is_program(state.initial):
        return programs.program(inside, state.initial)
    if held.key not in ex.writing.starts:
        site = tree.Site(name(state.name, state.equation), state.type, state.initial, None, span=state.equation.span)
        body = replace(held.node.body, statements=(*process.lets, site))
        law = replace(held.node, kind="model", name=f"{held.node.name}_start", parameters=(), body=body)
        ex.writing.starts[held.key] = Instance(law, held.label, dict(held.meaning), fixed=held.fixed)
    return ex.writing.starts[held.key]


def coefficient(ex: Expander, which: tree.Call, node: tree.Call) -> tree.Expr:
    """`drift(v)(t, x)` or `noise(v)(t, x)`. Raises PF415."""
    if len(which.arguments) != 1 or len(node.arguments) != 2 or not ex.is_program(which.arguments[0].value):
        raise _wrong(node, "here", "write `drift(v)(t, x)`: a process, a time and a state")
    held = programs.program(ex, which.arguments[0].value)
    process, state = one_state(held, which)
    assert isinstance(held, Instance) and isinstance(which.function, tree.Name)
    found = state.drift if which.function.id == "drift" else state.noise
    if found is None:
        return number(0, node)
    when, where = (_named(ex, a.value, text) for a, text in zip(node.arguments, (TIME, state.name), strict=True))
    scope = {**held.meaning, state.name: where}
    if TIME not in scope:  # unless an argument has this name
        scope[TIME] = when
    inside = replace(ex, scope=scope, label=held.label, values=None, fixed=held.fixed or ex.fixed)
    for let in process.lets:
        inside.statement(let)
    return inside.expression(found)


def one_state(held: Programs, node: tree.Expr) -> tuple[Process, State]:
    """What the text of a process says, and its one state. Raises PF415, and what is wrong in the text."""
    if not isinstance(held, Instance) or held.node.kind != "process":
        raise _wrong(node, "this is no process", "`initial`, `drift` and `noise` are those of a process")
    report = Report()
    process = read(held.node, report)
    if process is None:
        raise ProgramError(*(report.errors or report.not_yet))
    if len(process.states) != 1:
        raise _wrong(node, f"`{held.node.name}` has {len(process.states)} states", "write one state, a vector")
    return process, process.states[0]


def _named(ex: Expander, value: tree.Expr, text: str) -> tree.Expr:
    """A value as a name or a number, so that it is computed once wherever the equation reads it."""
    written = ex.expression(value)
    if isinstance(written, tree.Name | tree.Number):
        return written
    flat = ex.writing.names.fresh(text, ex.label)
    ex.out.append(tree.Let(flat, None, written, span=value.span))
    return tree.Name(flat, span=value.span)


def _wrong(node: tree.Expr, label: str, repair: str) -> ProgramError:
    return ProgramError(NotAField.diagnostic(node.span, label, helps=(repair,)))
