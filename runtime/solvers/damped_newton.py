"""Newton's method with the step of Hanzely, Kamzolov, Pasechnyuk, Gasnikov, Richtarik and Takac 2022 ("A damped Newton
method achieves global O(1/k^2) and local quadratic convergence rate", algorithm 1).

    z <- z - a H^-1 g,   a = 2 / (1 + sqrt(1 + 2 L |g|*)),   |g|* = sqrt(g' H^-1 g)

L bounds the third derivative in the norm of the Hessian (semi-strong self-concordance: for a self-concordant function
L = 2 will do). The step has a closed form: nothing is searched for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers import definite
from pushforward.runtime.solvers.iterate import State, state
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.solution import Status


@dataclass(frozen=True)
class DampedNewton:
    """For convex losses. Dense; n Hessian products and n^3 time a step. `lipschitz` is L: small is bold, and 0 is
    Newton's own step."""

    tol: float = 1e-8
    steps: int = 200
    lipschitz: float = 1.0

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """The state at the start."""
        return state(problem, z, args)

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One damped step."""
        gradient, hessian = problem.optimality(now.z, args), jax.jacfwd(problem.optimality)(now.z, args)
        direction = -definite.solve(definite.factor(hessian), gradient)
        usable = jnp.all(jnp.isfinite(direction))
        direction = jnp.where(usable, direction, jnp.zeros_like(direction))
        decrement = -gradient @ direction
        # the square root has no derivative at 0, where the step needs none: there the direction is 0
        norm = jnp.where(decrement > 0, jnp.sqrt(jnp.where(decrement > 0, decrement, 1.0)), 0.0)
        t = 2 / (1 + jnp.sqrt(1 + 2 * self.lipschitz * norm))
        status = jnp.where(usable, Status.CONVERGED, Status.SINGULAR)
        return state(problem, now.z + t * direction, args, status=status)
