"""Mirror descent (Nemirovski and Yudin 1983; Beck and Teboulle 2003), with a step found by backtracking.

    x+ = argmin_u t g(x)'u + D(u, x)

A step t is accepted if the objective still falls, or is least, at its end in the direction it went, which is
g(x+)'(x+ - x) <= 0; for a convex objective it has then fallen all the way. Near the solution rounding hides this sign,
and (g(x+) - g(x))'(x+ - x) <= |x+ - x|^2 / t, which suffices where D(u, x) >= |u - x|^2 / 2, takes over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, state
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


@dataclass(frozen=True)
class MirrorDescent:
    """`first` is the step tried first, `growth` what a step is multiplied by before the next."""

    tol: float = 1e-8
    steps: int = 10_000
    first: float = 1.0
    growth: float = 1.5
    halvings: int = 60

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """At the start, which must lie in the interior: entries of 0 come back slowly."""
        return state(problem, z, args, jnp.asarray(self.first, z.dtype))

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One step."""
        assert problem.mirror is not None, "mirror_descent needs a mirror step"
        mirror, slope = problem.mirror, jax.grad(problem.objective)
        gradient = slope(now.z, args)

        def long(carry: tuple[jax.Array, jax.Array]) -> jax.Array:
            t, n = carry
            d = mirror(now.z, t * gradient, args) - now.z
            after = slope(now.z + d, args)
            noise = 8 * unit(d) * jnp.sqrt(jnp.sum(gradient**2) * jnp.sum(d**2))
            falls = after @ d <= 0
            good: jax.Array = falls | ((after - gradient) @ d <= jnp.sum(d**2) / t + noise)
            return ~good & (n < self.halvings)

        start = jax.lax.stop_gradient((now.memory * self.growth, jnp.asarray(0)))
        t, n = jax.lax.while_loop(long, lambda c: (c[0] / 2, c[1] + 1), start)
        x = mirror(now.z, t * gradient, args)
        status = jnp.where(n < self.halvings, Status.CONVERGED, Status.STALLED)
        # a step beyond this moves nothing, and must not overflow
        return state(problem, x, args, jnp.minimum(t, 1e12), status)
