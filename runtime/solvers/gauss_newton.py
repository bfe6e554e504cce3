"""The method of Gauss and Newton, for sums of squares and for equations (Nocedal and Wright 2006, section 10.3).

    z <- z + t d,   d = argmin |r + J d|,   t the first of 1, 1/2, 1/4, ... with Armijo's condition on |r|^2 / 2

d comes from a QR factorisation of J; the smallest d if there are fewer residuals than unknowns. J must have full rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State
from pushforward.runtime.solvers.line_search import search
from pushforward.runtime.solvers.problem import Problem
from pushforward.runtime.solvers.residuals import half_squares, least_squares, linearised, state
from pushforward.runtime.solvers.solution import Status


@dataclass(frozen=True)
class GaussNewton:
    """A step is one Jacobian [m, n], m n^2 time, and one or a few values of the residuals. `halvings` bounds the line
    search."""

    tol: float = 1e-8
    steps: int = 100
    halvings: int = 30

    def init(self, problem: Problem, z: jax.Array, args: Any) -> State:
        """The state at the start, with r and J there."""
        now = linearised(problem, z, args)
        return state(problem, z, now, now, Status.CONVERGED)

    def step(self, problem: Problem, now: State, args: Any) -> State:
        """One damped step."""
        direction = -least_squares(now.memory.jacobian, now.memory.value)
        usable = jnp.all(jnp.isfinite(direction))
        direction = jnp.where(usable, direction, jnp.zeros_like(direction))
        t, good = search(half_squares(problem), now.z, direction, args, trials=self.halvings)
        z = now.z + t * direction
        following = linearised(problem, z, args)
        status = jnp.where(good, Status.CONVERGED, Status.STALLED)
        return state(problem, z, following, following, jnp.where(usable, status, Status.SINGULAR))
