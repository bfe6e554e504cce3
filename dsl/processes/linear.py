"""Whether the transition law of a process is known: drift affine in the states, constant noise, no time."""

from __future__ import annotations

from collections.abc import Collection
from math import inf

from pushforward.dsl import tree
from pushforward.dsl.infer.taint import names_of
from pushforward.dsl.processes.reading import TIME, Process, State, evidently_number


def why_not_linear(process: Process) -> str | None:
    """Why the transition law of a process is not that of a linear equation with constant noise; None if it is."""
    states = frozenset(s.name for s in process.states)
    moving = states | ({TIME} - {p.name for p in process.node.parameters})
    if not process.noisy:
        return "it has no noise"
    if any(s.type is not None and len(s.type.dims) > 1 for s in process.states):
        return "its state is a matrix"
    if len(states) > 1 and any(s.type is not None and s.type.dims for s in process.states):
        return "it has several states, and they are not numbers"
    for state in process.states:
        for noise in state.noises:
            if names_of(noise.coefficient) & moving:
                return f"its noise depends on {' and '.join(sorted(names_of(noise.coefficient) & moving))}"
        if TIME in names_of(state.drift) & moving:
            return "its drift depends on time"
        if degree(state.drift, states) > 1:
            return f"its drift is not linear in {' and '.join(sorted(states))}"
    still = _still(process)
    return None if still is None else f"no noise reaches {still.name}"


def _still(process: Process) -> State | None:
    """The first state that no noise reaches, by itself or through the drifts of others."""
    reached = {s.name for s in process.states if s.noises}
    while more := {s.name for s in process.states if names_of(s.drift) & reached} - reached:
        reached |= more
    return next((s for s in process.states if s.name not in reached), None)


def is_diagonal(process: Process) -> bool:
    """Whether the equation of a linear process is one for each entry of its state: no entry reads another."""
    (first, *others) = process.states
    return (
        not others and first.noise is not None and not process.shares(first) and _by_entry(first.drift, first, process)
    )


def _by_entry(e: tree.Expr, state: State, process: Process) -> bool:
    number = state.type is None or not state.type.dims
    if number or state.name not in names_of(e):
        return True
    match e:
        case tree.Name():
            return True
        case tree.Unary(operand=operand):
            return _by_entry(operand, state, process)
        case tree.Binary(op="+" | "-" | ".*" | "./", left=left, right=right):
            return _by_entry(left, state, process) and _by_entry(right, state, process)
        case tree.Binary(op="*", left=left, right=right):
            one, other = (left, right) if state.name in names_of(right) else (right, left)
            return evidently_number(process.node, one) and _by_entry(other, state, process)
        case tree.Binary(op="/", left=left, right=right):
            return evidently_number(process.node, right) and _by_entry(left, state, process)
        case _:
            return False


def degree(e: tree.Expr, names: Collection[str]) -> float:
    """The degree of an expression as a polynomial in some names; infinity when it is none that is known."""
    if not names_of(e) & frozenset(names):
        return 0
    match e:
        case tree.Name():
            return 1
        case tree.Unary(op="-" | "+", operand=operand) | tree.Transpose(operand=operand):
            return degree(operand, names)
        case tree.Binary(op="+" | "-", left=left, right=right):
            return max(degree(left, names), degree(right, names))
        case tree.Binary(op="*" | ".*", left=left, right=right):
            return degree(left, names) + degree(right, names)
        case tree.Binary(op="/" | "./", left=left, right=right) if not degree(right, names):
            return degree(left, names)
        case tree.Binary(op="^" | ".^", left=left, right=tree.Number(value=int(n))) if n >= 0:
            return n * degree(left, names)
        case tree.ListExpr(items=items):
            return max(degree(i, names) for i in items)
        case tree.Subscript(value=value, subscripts=subscripts) if not _read(subscripts) & frozenset(names):
            return degree(value, names)
        case tree.Call(function=tree.Name(id="sum" | "mean"), arguments=(argument,)):
            return degree(argument.value, names)
        case _:
            return inf


def _read(subscripts: tuple[tree.Expr | tree.Slice, ...]) -> frozenset[str]:
    return frozenset(n for s in subscripts for n in names_of(s))
