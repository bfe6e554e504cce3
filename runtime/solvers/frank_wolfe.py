"""The method of Frank and Wolfe (1956; Jaggi 2013): a step towards the vertex of the set that is furthest along -g.

    d = vertex(g) - x,   x+ = x + s d,   s = min(-g'd / d'H d, 1), halved while the objective does not fall

Every point is a mixture of vertices. The gap -g'd bounds how far the objective is from its least value, and falls
like 1 / k; one step solves a linear objective.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, state
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import unit


@dataclass(frozen=True)
class FrankWolfe:
    """`halvings` bounds the line search."""

    tol: float = 1e-4
    steps: int = 10_000
    halvings: int = 30

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """At a vertex: any start outside of the set would stay a part of every later point."""
        assert problem.vertices is not None, "frank_wolfe needs vertices"
        return state(problem, problem.vertices(jax.grad(problem.objective)(z, args), args), args)

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One step."""
        assert problem.vertices is not None, "frank_wolfe needs vertices"
        slope = jax.grad(problem.objective)
        gradient = slope(now.z, args)
        d = problem.vertices(gradient, args) - now.z
        gap = -(gradient @ d)
        bend = d @ jax.jvp(lambda z: slope(z, args), (now.z,), (d,))[1]
        bends = bend > gap
        s = jnp.where(bends, gap / jnp.where(bends, bend, 1.0), 1.0)
        noise = 8 * unit(d) * jnp.sum(jnp.abs(gradient * d))

        def poor(carry: tuple[jax.Array, jax.Array]) -> jax.Array:
            share, n = carry
            ahead = slope(now.z + share * s * d, args) @ d
            good: jax.Array = ahead <= 0.1 * gap + noise
            return ~good & (n < self.halvings)

        start = jax.lax.stop_gradient((jnp.ones((), d.dtype), jnp.asarray(0)))
        share, _ = jax.lax.while_loop(poor, lambda c: (c[0] / 2, c[1] + 1), start)
        return state(problem, now.z + share * s * d, args)
