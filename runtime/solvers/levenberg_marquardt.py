"""The method of Levenberg and Marquardt, for sums of squares and for equations (More 1978; Nocedal and Wright 2006,
section 10.3).

    z <- z + d if |r|^2 falls,   d = argmin |r + J d|^2 + l |d|^2

l is divided by 4 where the fall is at least 3/4 of what the linear model predicts, multiplied by 4 where it is less
than 1/4. It begins at `damping` times the largest diagonal entry of J'J. J need not have full rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State
from pushforward.runtime.solvers.line_search import power_of_two
from pushforward.runtime.solvers.problem import Problem
from pushforward.runtime.solvers.residuals import Linearised, attempt, chosen, least_squares, linearised, state
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """r and J at z, and l."""

    linear: Linearised
    damping: jax.Array


@dataclass(frozen=True)
class LevenbergMarquardt:
    """A step is one Jacobian [m, n] and (m + n) n^2 time, whether it is taken or refused."""

    tol: float = 1e-8
    steps: int = 500
    damping: float = 1e-3

    def init(self, problem: Problem, z: jax.Array, args: Any) -> State:
        """The state at the start, with r and J there."""
        now = linearised(problem, z, args)
        largest = power_of_two(jnp.max(jnp.sum(now.jacobian**2, axis=0), initial=0.0))
        return state(problem, z, now, Memory(now, self.damping * largest), Status.CONVERGED)

    def step(self, problem: Problem, now: State, args: Any) -> State:
        """One step, taken or refused."""
        linear, damping = now.memory
        n = now.z.size
        augmented = jnp.concatenate([linear.jacobian, jnp.sqrt(damping) * jnp.eye(n, dtype=now.z.dtype)])
        direction = -least_squares(augmented, jnp.concatenate([linear.value, jnp.zeros(n, now.z.dtype)]))
        usable = jnp.all(jnp.isfinite(direction))
        direction = jnp.where(usable, direction, jnp.zeros_like(direction))
        trial = attempt(problem, now.z, linear, direction, args)
        taken = usable & trial.taken
        factor = jnp.where(usable & trial.well, 0.25, jnp.where(~usable | trial.badly, 4.0, 1.0))
        damping = damping * factor.astype(damping.dtype)
        largest = jnp.sum(linear.jacobian**2) / unit(damping)
        status = jnp.where(~taken & (damping > largest), Status.STALLED, Status.CONVERGED)
        z = jnp.where(taken, now.z + direction, now.z)
        linear = chosen(taken, trial.linear, linear)
        return state(problem, z, linear, Memory(linear, damping), status)
