"""Spectral projected gradient (Birgin, Martinez and Raydan 2000, algorithm SPG2).

    d = project(x - t g) - x,   x+ = x + s d,   t = d'd / d'(g(x+) - g(x))  (Barzilai and Borwein 1988)

s is the first of 1, 1/2, 1/4, ... that brings the objective below the largest of its last values.
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


class Spectral(NamedTuple):
    """The step, and the last values of the objective [memory], the newest first."""

    t: jax.Array
    values: jax.Array


@dataclass(frozen=True)
class ProjectedGradient:
    """`memory` is how many values the objective may exceed; 1 makes it monotone."""

    tol: float = 1e-8
    steps: int = 10_000
    memory: int = 10
    halvings: int = 40

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """At the start, moved into the set."""
        x = _project(problem, z, args)
        size = jnp.max(jnp.abs(problem.optimality(x, args)), initial=0.0)
        t = 1 / jnp.maximum(size, 1.0)
        return state(problem, x, args, Spectral(t, jnp.full(self.memory, problem.objective(x, args))))

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One step."""
        t, values = now.memory
        value, gradient = jax.value_and_grad(problem.objective)(now.z, args)
        d = _project(problem, now.z - t * gradient, args) - now.z
        slope, top = gradient @ d, jnp.max(values)
        noise = 8 * unit(d) * (1 + jnp.abs(value))

        def poor(carry: tuple[jax.Array, jax.Array]) -> jax.Array:
            s, n = carry
            good: jax.Array = problem.objective(now.z + s * d, args) <= top + 1e-4 * s * slope + noise
            return ~good & (n < self.halvings)

        start = jax.lax.stop_gradient((jnp.ones((), d.dtype), jnp.asarray(0)))
        s, n = jax.lax.while_loop(poor, lambda c: (c[0] / 2, c[1] + 1), start)
        x = now.z + s * d
        after, change = jax.value_and_grad(problem.objective)(x, args)
        bend, length = d @ (change - gradient), s * (d @ d)
        fits = bend > 0
        t = jnp.where(fits, length / jnp.where(fits, bend, 1.0), 10 * t)
        memory = Spectral(jnp.clip(t, 1e-10, 1e10), jnp.concatenate([after[None], values[:-1]]))
        return state(problem, x, args, memory, jnp.where(n < self.halvings, Status.CONVERGED, Status.STALLED))


def _project(problem: Minimise, z: jax.Array, args: Any) -> jax.Array:
    """z itself where there is no set."""
    return z if problem.prox is None else problem.prox(z, 1.0, args)
