"""Accelerated proximal gradient (Beck and Teboulle 2009, FISTA) with backtracking, restarted where the momentum
points uphill (O'Donoghue and Candes 2015, the gradient scheme).

    x+ = prox(y - t g(y), t),   y = x+ + momentum (x+ - x)

A step t is small enough if (g(x+) - g(y))'(x+ - y) <= |x+ - y|^2 / t, which for a quadratic is the usual descent
condition, and does not drown in the rounding of the objective.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, state
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Momentum(NamedTuple):
    """The point where the gradient is taken next, the step, and Nesterov's number, 1 after a restart."""

    y: jax.Array
    t: jax.Array
    theta: jax.Array


@dataclass(frozen=True)
class ProximalGradient:
    """`first` is the step tried first, `growth` what a step is multiplied by before the next; `accelerate` off: no
    momentum. Without a proximal operator it is accelerated gradient descent."""

    tol: float = 1e-8
    steps: int = 10_000
    first: float = 1.0
    growth: float = 1.1
    accelerate: bool = True
    halvings: int = 60

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """At the start, moved into the domain."""
        z = z if problem.prox is None else problem.prox(z, 1e-3 if problem.nonsmooth is not None else 1.0, args)
        one = jnp.ones((), z.dtype)
        return state(problem, z, args, Momentum(z, self.first * one, one))

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One step."""
        y, t, theta = now.memory
        slope = jax.grad(problem.objective)
        gradient = slope(y, args)

        def forward(t: jax.Array) -> jax.Array:
            return y - t * gradient if problem.prox is None else problem.prox(y - t * gradient, t, args)

        def long(carry: tuple[jax.Array, jax.Array]) -> jax.Array:
            t, n = carry
            d = forward(t) - y
            change = slope(y + d, args) - gradient
            noise = 8 * unit(y) * jnp.sqrt(jnp.sum(gradient**2) * jnp.sum(d**2))
            short: jax.Array = change @ d <= jnp.sum(d**2) / t + noise
            return ~short & (n < self.halvings)

        start = jax.lax.stop_gradient((t * self.growth, jnp.asarray(0)))
        t, n = jax.lax.while_loop(long, lambda c: (c[0] / 2, c[1] + 1), start)
        x = forward(t)
        uphill = (y - x) @ (x - now.z) > 0
        theta = jnp.where(uphill, 1.0, theta) if self.accelerate else jnp.ones_like(theta)
        following = (1 + jnp.sqrt(1 + 4 * theta**2)) / 2
        momentum = jnp.where(uphill | (not self.accelerate), 0.0, (theta - 1) / following)
        memory = Momentum(x + momentum * (x - now.z), t, following)
        return state(problem, x, args, memory, jnp.where(n < self.halvings, Status.CONVERGED, Status.STALLED))
