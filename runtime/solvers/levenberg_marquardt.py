"""The method of Levenberg and Marquardt, for sums of squares and for equations (More 1978; Nocedal and Wright 2006, section 10.3).

    z <- z + d if |r|^2 falls,   d = argmin |r + J d|^2 + l |d|^2

l is divided by 4 where the fall is at least 3/4 of what the linear model predicts, multiplied by 4 where it is less than
1/4. It begins at `damping` times the largest diagonal entry of J'J. J need not have full rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State
from pushforward.runtime.solvers.line_search import power_of_two
from pushforward.runtime.solvers.problem import Problem
from pushforward.runtime.solvers.residuals import Linearised, half_squares, least_squares, linearised, state
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """r and J at z, and l."""

    linear: Linearised
    damping: jax.Array


@dataclass(frozen=True)
class LevenbergMarquardt:
    """A step is one Jacobian [m, n], a value of the residuals, and (m + n) n^2 time, whether it is taken or refused."""

    tol: float = 1e-8
    steps: int = 500
    damping: float = 1e-3

    def init(self, problem: Problem, z: jax.Array, args: Any) -> State:
        """The state at the start, with r and J there."""
        now = linearised(problem, z, args)
        largest = power_of_two(jnp.max(jnp.sum(now.jacobian**2, axis=0), initial=0.0))
        return state(problem, z, args, now, Memory(now, self.damping * largest), Status.CONVERGED)

    def step(self, problem: Problem, now: State, args: Any) -> State:
        """One step, taken or refused."""
        (value, jacobian), damping = now.memory
        n = now.z.size
        augmented = jnp.concatenate([jacobian, jnp.sqrt(damping) * jnp.eye(n, dtype=now.z.dtype)])
        direction = -least_squares(augmented, jnp.concatenate([value, jnp.zeros(n, now.z.dtype)]))
        usable = jnp.all(jnp.isfinite(direction))
        direction = jnp.where(usable, direction, jnp.zeros_like(direction))
        merit = half_squares(problem)
        before, after = 0.5 * jnp.sum(value**2), merit(now.z + direction, args)
        predicted = before - 0.5 * jnp.sum((value + jacobian @ direction) ** 2)
        noise = 8 * jnp.finfo(now.z.dtype).eps * before
        # where rounding hides both, the model is believed
        hidden = (jnp.abs(before - after) <= noise) & (predicted <= noise)
        taken = usable & ((before - after >= 1e-4 * predicted) | hidden) & jnp.isfinite(after)
        z = jnp.where(taken, now.z + direction, now.z)
        damping = damping * jax.lax.stop_gradient(_factor(before - after, predicted, hidden & usable))
        largest = jnp.sum(jacobian**2) / jnp.finfo(z.dtype).eps
        status = jnp.where(~taken & (damping > largest), Status.STALLED, Status.CONVERGED)
        following = linearised(problem, z, args)
        return state(problem, z, args, following, Memory(following, damping), status)


def _factor(fall: jax.Array, predicted: jax.Array, hidden: jax.Array) -> jax.Array:
    """What l is multiplied by."""
    well = (fall >= 0.75 * predicted) & (predicted > 0)
    badly = ~(fall >= 0.25 * predicted)
    return jnp.where(hidden | well, 0.25, jnp.where(badly, 4.0, 1.0)).astype(fall.dtype)
