"""Whether the transition law of a process is known: drift affine in a scalar state, constant noise, no time."""

from __future__ import annotations

from math import inf

from pushforward.dsl import tree
from pushforward.dsl.infer.taint import names_of
from pushforward.dsl.processes.reading import TIME, Process


def why_not_linear(process: Process) -> str | None:
    """Why the transition law of a process is not that of a linear equation with constant noise; None if it is."""
    if len(process.states) > 1:
        return "it has several states"
    (state,) = process.states
    moving = {state.name, TIME} - {p.name for p in process.node.parameters}
    if not state.noises:
        return "it has no noise"
    if (state.type is not None and state.type.dims) or state.noise is None:
        return "its state is not a number"
    if names_of(state.noise) & moving:
        return f"its noise depends on {' and '.join(sorted(names_of(state.noise) & moving))}"
    if TIME in names_of(state.drift) & moving:
        return "its drift depends on time"
    if degree(state.drift, state.name) > 1:
        return f"its drift is not linear in {state.name}"
    return None


def degree(e: tree.Expr, name: str) -> float:
    """The degree of an expression as a polynomial in a name; infinity when it is none that is known."""
    if name not in names_of(e):
        return 0
    match e:
        case tree.Name():
            return 1
        case tree.Unary(op="-" | "+", operand=operand):
            return degree(operand, name)
        case tree.Binary(op="+" | "-", left=left, right=right):
            return max(degree(left, name), degree(right, name))
        case tree.Binary(op="*" | ".*", left=left, right=right):
            return degree(left, name) + degree(right, name)
        case tree.Binary(op="/" | "./", left=left, right=right) if not degree(right, name):
            return degree(left, name)
        case tree.Binary(op="^" | ".^", left=left, right=tree.Number(value=int(n))) if n >= 0:
            return n * degree(left, name)
        case _:
            return inf
