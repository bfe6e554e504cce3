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
from pushforward.dsl.instantiate.sites import is_start
from pushforward.dsl.instantiate.values import Instance, Meaning, Programs
from pushforward.dsl.processes.reading import TIME, Process, State, read

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander

COEFFICIENTS = ("drift", "noise")


def initial(ex: Expander, held: Programs, node: tree.Expr) -> Programs:
    """The law of the start of a process, as a program. Raises PF415."""
    process, state = one_state(held, node)
    assert isinstance(held, Instance)
    inside = inside_of(ex, held, dict(held.meaning))
    law = state.initial.arguments[0].value if is_start(state.initial) else state.initial  # type: ignore[union-attr]
    if inside.is_program(law):
        return _as_vector(inside, programs.program(inside, law))
    if held.key not in ex.writing.starts:
        site = tree.Site(name(state.name, state.equation), state.type, state.initial, None, span=state.equation.span)
        body = replace(held.node.body, statements=(*process.lets, site))
        law = replace(held.node, kind="model", name=f"{held.node.name}_start", parameters=(), body=body)
        ex.writing.starts[held.key] = Instance(law, held.label, dict(held.meaning), fixed=held.fixed, place=held.place)
    return ex.writing.starts[held.key]


def inside_of(ex: Expander, held: Instance, scope: dict[str, Meaning]) -> Expander:
    """An expander for the text of a process."""
    fixed, place = held.fixed or ex.fixed, held.place or ex.place
    return replace(ex, scope=scope, label=held.label, fixed=fixed, place=place)


def _as_vector(ex: Expander, held: Programs) -> Programs:
    """A program that stands for a vector: of several unknowns that are real numbers or vectors, one after another."""
    if not isinstance(held, Instance) or held.typed is None or len(held.typed.variables) < 2:
        return held
    if any(isinstance(s, tree.Return) for s in held.node.body.statements):
        return held
    if held.key not in ex.writing.starts:
        whole: tree.Expr | None = None
        for variable in held.typed.variables:
            value: tree.Expr = name(variable.name, held.node)
            if not variable.type.rank:
                value = tree.ListExpr((value,), span=value.span)
            whole = value if whole is None else _appended(whole, value)
        assert whole is not None
        last = tree.Return(whole, span=held.node.body.span)
        body = replace(held.node.body, statements=(*held.node.body.statements, last))
        ex.writing.starts[held.key] = replace(held, node=replace(held.node, body=body))
    return ex.writing.starts[held.key]


def _appended(first: tree.Expr, second: tree.Expr) -> tree.Expr:
    arguments = tuple(tree.Argument(None, e, span=e.span) for e in (first, second))
    return tree.Call(name("append", first), arguments, span=first.span)


def coefficient(ex: Expander, which: tree.Call, node: tree.Call) -> tree.Expr:
    """`drift(v)(t, x)` or `noise(v)(t, x)`. Raises PF415."""
    if len(which.arguments) != 1 or len(node.arguments) != 2 or not ex.is_program(which.arguments[0].value):
        raise _wrong(node, "here", "write `drift(v)(t, x)`: a process, a time and a state")
    held = programs.program(ex, which.arguments[0].value)
    process, state = one_state(held, which)
    assert isinstance(held, Instance) and isinstance(which.function, tree.Name)
    if which.function.id == "noise" and state.noises and state.noise is None:
        raise _wrong(which, f"the noise of `{held.node.name}` is a matrix", "ask for `drift(v)(t, x)` alone")
    found = state.drift if which.function.id == "drift" else state.noise
    if found is None:
        return number(0, node)
    when, where = (_named(ex, a.value, text) for a, text in zip(node.arguments, (TIME, state.name), strict=True))
    scope: dict[str, Meaning] = {**held.meaning, state.name: where}
    if TIME not in scope:  # unless an argument has this name
        scope[TIME] = when
    inside = replace(inside_of(ex, held, scope), values=None)
    for let in process.lets:
        inside.statement(let)
    return inside.expression(found)


def one_state(held: Programs, node: tree.Expr) -> tuple[Process, State]:
    """What the text of a process says, and its one state. Raises PF415, and what is wrong in the text."""
    if not isinstance(held, Instance) or held.node.kind != "process":
        raise _wrong(node, "this is no process", "`initial`, `drift` and `noise` are those of a process")
    report = Report()
    process = read(_Nothing(), held.node, report)
    if process is None:
        raise ProgramError(*(report.errors or report.not_yet))
    if len(process.states) != 1:
        raise _wrong(node, f"`{held.node.name}` has {len(process.states)} states", "write one state, a vector")
    return process, process.states[0]


class _Nothing:
    """What is a program is decided here by what stands for one."""

    def program(self, name: str) -> None: ...

    def is_law(self, name: str) -> bool:
        return False


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
