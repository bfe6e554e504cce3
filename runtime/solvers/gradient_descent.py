"""Gradient descent, accelerated (Nesterov 1983), with restarts (O'Donoghue and Candes 2015, their gradient scheme).

    z <- y - t grad f(y),   y = z + b (z - z before),   b = (u - 1) / u',   u' = (1 + sqrt(1 + 4 u^2)) / 2

f(z) - f* <= 2 |z0 - z*|^2 / (t (k + 1)^2) after k steps if f is convex; without `accelerate`, y = z and it is |z0 -
z*|^2 / (2 t k). With `search`, t is the first of `step_size`, `step_size` / 2, ... with f(z) <= f(y) - t |g|^2 / 2;
it may grow again where there is no momentum. Without, it is `step_size`, which is to be at most 1 / (Lipschitz
constant of the gradient).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, state
from pushforward.runtime.solvers.line_search import Found, search
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """y, u and the last t."""

    ahead: jax.Array
    u: jax.Array
    t: jax.Array


@dataclass(frozen=True)
class GradientDescent:
    """A step is two gradients, and with `search` about two values of the loss with its slope."""

    tol: float = 1e-8
    steps: int = 10000
    step_size: float = 1.0
    search: bool = True
    accelerate: bool = True
    restart: bool = True

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """The state at the start: no momentum."""
        one = jnp.ones((), z.dtype)
        return state(problem, z, args, Memory(z, one, self.step_size * one))

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One step."""
        ahead, u, t = now.memory
        gradient = problem.optimality(ahead, args)
        found = Found(t, jnp.ones((), bool))
        if self.search:
            grown = 2 * t if not self.accelerate else jnp.where(u > 1, t, 2 * t) if self.restart else t
            found = search(problem.objective, ahead, -gradient, args, first=grown, decrease=0.5)
        z = ahead - found.t * gradient
        following, u = self._momentum(now.z, z, gradient, u)
        status = jnp.where(found.good, Status.CONVERGED, Status.STALLED)
        return state(problem, z, args, Memory(following, u, jnp.where(found.good, found.t, t)), status)

    def _momentum(
        self, before: jax.Array, z: jax.Array, gradient: jax.Array, u: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """The next y and u."""
        if not self.accelerate:
            return z, u
        larger = (1 + jnp.sqrt(1 + 4 * u**2)) / 2
        ahead = z + (u - 1) / larger * (z - before)
        if not self.restart:
            return ahead, larger
        uphill = gradient @ (z - before) > 0
        return jnp.where(uphill, z, ahead), jnp.where(uphill, 1.0, larger)
