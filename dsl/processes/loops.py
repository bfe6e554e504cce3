"""The statements that make a path: a first value, and a loop of steps; or the solution of an equation without noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from pushforward.dsl import tree
from pushforward.dsl.infer.report import Report
from pushforward.dsl.instantiate.names import name, number, substitute
from pushforward.dsl.processes.asked import Asked
from pushforward.dsl.processes.exact import System, system
from pushforward.dsl.processes.exact import step as exact_step
from pushforward.dsl.processes.linear import is_diagonal
from pushforward.dsl.processes.reading import TIME, State
from pushforward.dsl.processes.schemes import Step, draws_next, noises

Place: TypeAlias = tuple[tree.Expr, ...]


def flow(asked: Asked, report: Report) -> Iterator[tree.Statement]:
    """Without noise: the solution of a differential equation from a random start."""
    span = asked.site.span
    if len(asked.process.states) > 1:
        report.later(
            f"`{asked.process.node.name}`", "an equation of several states without noise", span,
            "write one state, a vector",
        )  # fmt: skip
        return
    (state,) = asked.process.states
    start = asked.names.fresh(f"{asked.path}_start")
    yield from _begun(asked, state, start)
    time, value = asked.names.fresh("time"), asked.names.fresh(state.name)
    meaning = {**asked.inside, state.name: tree.Name(value), TIME: asked.inside.get(TIME, tree.Name(time))}
    drift = substitute(state.drift, meaning)
    formals = (tree.Parameter(time, None), tree.Parameter(value, None))
    field = tree.Lambda(formals, tree.Block((tree.Return(drift, span=drift.span),), span=span), span=span)
    whole: tree.Expr = tree.Integrate(field, tree.Name(start, span=span), asked.times, span=span)
    if asked.site.method is not None:
        whole = tree.Hole(whole, asked.site.method, span=span)
    yield tree.Let(asked.path, None, whole, span=span)


def drawn(asked: Asked, scheme: tree.Program, steps: int) -> Iterator[tree.Statement]:
    """With noise: the first value, and a loop of steps."""
    node, centred = asked.site, draws_next(scheme)
    one, zero = number(1, node), number(0, node)
    turns = tree.Binary("-", asked.length, one, span=node.span)
    for state in asked.process.states:
        path, type_ = asked.variable(state), asked.container(state, asked.length)
        whole = node.type if node.type is not None and len(asked.process.states) == 1 else type_
        first = tree.Subscript(name(path, node), (zero,), span=node.target.span)
        if centred:
            yield tree.Declare(path, whole, span=node.span)
            yield tree.Site(first, None, asked.initial(state), None, span=node.span)
        else:
            start = asked.names.fresh(f"{path}_start")
            yield from _begun(asked, state, start)
            yield tree.Let(path, whole, None, span=node.span)
            yield tree.Assign(first, name(start, node), span=node.span)
            inner = (turns,) if steps == 1 else (turns, number(steps, node))
            for noise in state.noises:
                for draw in noises(scheme) if asked.process.states_of(noise.name)[0] is state else ():
                    type_ = asked.noise_type(state, noise, *inner)
                    yield tree.Declare(asked.draw(noise.name, draw), type_, span=node.span)
        if steps > 1:
            fine = asked.container(state, turns, number(steps - 1, node))
            yield (
                tree.Declare(f"{path}_between", fine, span=node.span)
                if centred
                else tree.Let(f"{path}_between", fine, None, span=node.span)
            )
    linear = None
    if scheme.name == "exact" and not is_diagonal(asked.process):
        for made in system(asked):
            if isinstance(made, System):
                linear = made
            else:
                yield made
    asked = replace(asked, system=linear)
    i = asked.names.fresh("i")
    body = _single(asked, scheme, i) if steps == 1 else _several(asked, scheme, i, steps)
    over = tree.Range(one, asked.length, span=node.span)
    yield tree.For(i, over, tree.Block(tuple(body), span=node.span), span=node.span)


def _begun(asked: Asked, state: State, start: str) -> Iterator[tree.Statement]:
    """A start that is a variable by itself."""
    span, type_ = asked.site.span, asked.start_type(state)
    if asked.begins_as_program(state):
        yield tree.Declare(start, asked.container(state), span=span)
        type_ = None
    yield tree.Site(tree.Name(start, span=span), type_, asked.initial(state), None, span=span)


def _single(asked: Asked, scheme: tree.Program, i: str) -> Iterator[tree.Statement]:
    """One step from each time to the next."""
    node = asked.site
    here, last = tree.Name(i, span=node.span), tree.Binary("-", tree.Name(i), number(1, node), span=node.span)
    width = asked.names.fresh("h")
    yield tree.Let(width, None, _difference(asked, here, last), span=node.span)
    ends = (lambda p: (p, (last,))), (lambda p: (p, (here,)))
    yield from _step(asked, scheme, (last,), *ends, _time(asked, last), width)


def _several(asked: Asked, scheme: tree.Program, i: str, steps: int) -> Iterator[tree.Statement]:
    """Some steps from each time to the next: the first, those between, and the last."""
    node, names = asked.site, asked.names
    here, last = tree.Name(i, span=node.span), tree.Binary("-", tree.Name(i), number(1, node), span=node.span)
    width, start = names.fresh("h"), _time(asked, last)
    many = number(steps, node)
    yield tree.Let(width, None, tree.Binary("/", _difference(asked, here, last), many), span=node.span)
    zero, end = number(0, node), number(steps - 2, node)
    yield from _step(
        asked, scheme, (last, zero), lambda p: (p, (last,)), lambda p: (f"{p}_between", (last, zero)), start, width
    )
    if steps > 2:
        j = names.fresh("j")
        at, before = tree.Name(j, span=node.span), tree.Binary("-", tree.Name(j), number(1, node), span=node.span)
        inner = _step(
            asked, scheme, (last, at), lambda p: (f"{p}_between", (last, before)),
            lambda p: (f"{p}_between", (last, at)), _later(start, at, width), width,
        )  # fmt: skip
        over = tree.Range(number(1, node), number(steps - 1, node), span=node.span)
        yield tree.For(j, over, tree.Block(tuple(inner), span=node.span), span=node.span)
    final = number(steps - 1, node)
    yield from _step(
        asked, scheme, (last, final), lambda p: (f"{p}_between", (last, end)), lambda p: (p, (here,)),
        _later(start, final, width), width,
    )  # fmt: skip


def _step(
    asked: Asked, scheme: tree.Program, place: Place, before: Callable[[str], tuple[str, Place]],
    after: Callable[[str], tuple[str, Place]], time: tree.Expr, width: str,
) -> tuple[tree.Statement, ...]:  # fmt: skip
    """The statements of one step. For the path of a state, `before` and `after` give container and subscripts of where
    the step begins and ends; `place` are the subscripts of its noises.
    """
    node = asked.site

    def element(found: tuple[str, Place]) -> tree.Subscript:
        return tree.Subscript(name(found[0], node), found[1], span=node.target.span)

    out: list[tree.Statement] = []
    values: dict[str, tree.Expr] = {}
    for state in asked.process.states:
        flat = asked.names.fresh(state.name)
        out.append(tree.Let(flat, None, element(before(asked.variable(state))), span=node.span))
        values[state.name] = name(flat, node)
    if asked.system is not None:
        ends = {s.name: element(after(asked.variable(s))) for s in asked.process.states}
        return (*out, *exact_step(asked, asked.system, values, name(width, node), ends))
    step = Step(
        asked.process, scheme, asked.names, asked.inside, values, time, name(width, node),
        lambda noise, draw: element((asked.draw(noise, draw), place)),
        lambda s: element(after(asked.variable(s))), node,
    )  # fmt: skip
    return (*out, *step.write())


def _time(asked: Asked, at: tree.Expr) -> tree.Expr:
    return tree.Subscript(asked.times, (at,), span=asked.site.span)


def _difference(asked: Asked, here: tree.Expr, last: tree.Expr) -> tree.Expr:
    return tree.Binary("-", _time(asked, here), _time(asked, last), span=asked.site.span)


def _later(start: tree.Expr, steps: tree.Expr, width: str) -> tree.Expr:
    return tree.Binary("+", start, tree.Binary("*", steps, tree.Name(width, span=start.span)), span=start.span)
