"""Solvers for the contracts of rules: as plain as can be, so that what a rule does is not mixed up with what they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, state
from pushforward.runtime.solvers.problem import Minimise


@dataclass(frozen=True)
class Semismooth:
    """Newton's iteration on the problem's condition, undamped, from a start that is near enough: for every kind of
    problem, with complementarity as min(multiplier, -inequality) = 0 (Qi and Sun 1993)."""

    multipliers: tuple[float, ...] = ()
    tol: float = 1e-12
    steps: int = 50

    def init(self, problem: Any, z: jax.Array, args: Any) -> State:
        """At z, with multipliers behind it if there are none yet."""
        if self.multipliers and z.size == problem.size:
            z = jnp.concatenate([z, jnp.asarray(self.multipliers, z.dtype)])
        return state(problem, z, args)

    def step(self, problem: Any, now: State, args: Any) -> State:
        """One full step."""
        def condition(z: jax.Array) -> jax.Array:
            found = problem.optimality(z, args)
            if not isinstance(problem, Minimise) or problem.inequality is None:
                return found
            x, _, multipliers = problem.split(z, args)
            slack = jnp.minimum(multipliers, -problem.inequality(x, args).ravel())
            return jnp.concatenate([found[: found.size - slack.size], slack])

        move = jnp.linalg.solve(jax.jacfwd(condition)(now.z), condition(now.z))
        return state(problem, now.z - move, args)


@dataclass(frozen=True)
class Descent:
    """Gradient descent with a constant step."""

    rate: float
    tol: float = 1e-12
    steps: int = 2000

    def init(self, problem: Any, z: jax.Array, args: Any) -> State:
        """At z."""
        return state(problem, z, args)

    def step(self, problem: Any, now: State, args: Any) -> State:
        """z - rate gradient."""
        return state(problem, now.z - self.rate * problem.optimality(now.z, args), args)
