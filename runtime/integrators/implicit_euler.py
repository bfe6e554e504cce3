"""The implicit method of Euler, of order 1, for stiff equations: y1 = y0 + h f(t1, y1), by Newton's method, dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.fixed import Fixed
from pushforward.runtime.integrators.trajectory import Field
from pushforward.runtime.solvers.rounding import unit


@dataclass(frozen=True)
class ImplicitEuler(Fixed):
    """Steps are at most `dt` long; there are at most `steps`. The equation of a step is solved to rounding, or by
    `newton`
    iterations; where these do not suffice the state becomes NaN. n^3 time an iteration."""

    dt: float = 0.01
    steps: int = 16384
    newton: int = 20

    def advance(self, field: Field, t0: Any, t1: Any, state: jax.Array, args: Any) -> jax.Array:
        """One step, with the derivative of the exact solution of its equation."""
        h = t1 - t0

        def residual(y: jax.Array) -> jax.Array:
            rest: jax.Array = y - state - h * field(t1, y, args)
            return rest

        def tangent_solve(linear: Any, right: jax.Array) -> jax.Array:
            solved: jax.Array = jnp.linalg.solve(jax.jacfwd(linear)(jnp.zeros_like(right)), right)
            return solved

        found: jax.Array = jax.lax.custom_root(residual, state, self._newton, tangent_solve)
        return found

    def _newton(self, residual: Any, start: jax.Array) -> jax.Array:
        def enough(y: jax.Array) -> jax.Array:
            # a Newton step that is smaller than this squares to rounding
            bound: jax.Array = unit(y) ** 0.5 * (1 + jnp.max(jnp.abs(y), initial=0.0))
            return bound

        def going(now: Any) -> jax.Array:
            y, change, n = now
            solved: jax.Array = change <= 0.01 * enough(y)
            more: jax.Array = n < self.newton
            return ~solved & more

        def body(now: Any) -> Any:
            y, _, n = now
            step = jnp.linalg.solve(jax.jacfwd(residual)(y), residual(y))
            return y - step, jnp.max(jnp.abs(step), initial=0.0), n + 1

        y, change, _ = jax.lax.while_loop(going, body, (start, jnp.full((), jnp.inf, start.dtype), 0))
        return jnp.where(change <= enough(y), y, jnp.nan)
