"""The one loop that every solver is run by."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.problem import Problem
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Solution, Status


class State(NamedTuple):
    """Where a solver stands. `residual` is the largest entry of `problem.optimality` at `z` in absolute value;
    `status` is CONVERGED as long as nothing went wrong, for a solver does not judge convergence; `memory` is a tree of
    arrays of its own.
    """

    z: jax.Array
    residual: jax.Array
    status: jax.Array
    memory: Any = ()


class Solver(Protocol):
    """See the package. Frozen, hashable."""

    @property
    def tol(self) -> float: ...
    @property
    def steps(self) -> int: ...
    def init(self, problem: Any, z: jax.Array, args: Any) -> State: ...
    def step(self, problem: Any, state: State, args: Any) -> State: ...


def state(problem: Problem, z: jax.Array, args: Any, memory: Any = (), status: jax.Array | int = 0) -> State:
    """A state at z, its residual computed from the problem's condition."""
    residual = size(problem.optimality(z, args))
    return State(z, residual, jnp.asarray(status, jnp.int32), memory)


def size(vector: jax.Array) -> jax.Array:
    """The largest absolute entry; 0 of an empty vector."""
    return jnp.max(jnp.abs(vector), initial=0.0)


def tolerance(solver: Solver, first: State) -> jax.Array:
    """The solver's, unless rounding forbids it: then 16 units in the last place of the scale of the first state."""
    scale = jnp.maximum(1.0, jnp.where(jnp.isfinite(first.residual), first.residual, 1.0))
    return jnp.maximum(solver.tol, 16 * unit(first.z) * scale)


def iterate(solver: Solver, problem: Problem, start: jax.Array, args: Any) -> Solution:
    """Steps from `start` [n] until the residual is at most `tol`, a step reports failure, or `steps` are used up. Not
    differentiable in reverse: the rules see to that. Under `vmap` what has converged stays as it is.
    """
    first = solver.init(problem, start, args)
    enough = tolerance(solver, first)

    def going(carry: tuple[State, jax.Array]) -> jax.Array:
        now, n = carry
        return (now.residual > enough) & (now.status == Status.CONVERGED) & (n < solver.steps)

    def body(carry: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
        now, n = carry
        return solver.step(problem, now, args), n + 1

    last, n = jax.lax.while_loop(going, body, (first, jnp.asarray(0, jnp.int32)))
    return solution(last, n, enough)


def solution(last: State, iterations: jax.Array, enough: jax.Array) -> Solution:
    """What a last state means."""
    unfinished = jnp.where(last.status == Status.CONVERGED, Status.STEPS, last.status)
    status = jnp.where(last.residual <= enough, Status.CONVERGED, unfinished)
    status = jnp.where(jnp.isfinite(last.residual), status, Status.NOT_FINITE)
    return Solution(last.z, status.astype(jnp.int32), last.residual, iterations)
