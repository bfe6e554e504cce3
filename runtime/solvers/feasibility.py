"""Whether constraints can be satisfied, read off multipliers that grow without end."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import unit


def infeasible(problem: Minimise, z: jax.Array, args: Any) -> jax.Array:
    """Whether the multipliers in z prove that no point near satisfies all constraints.

    For multipliers y of unit size, y'c(x) <= 0 at feasible points; it is convex in x, so if it is positive here and its
    gradient is 0, it is positive everywhere (Farkas). For constraints that are not convex this holds near x only.
    """
    x, nu, lam = problem.split(z, args)
    size = jnp.maximum(jnp.max(jnp.abs(nu), initial=0.0), jnp.max(jnp.abs(lam), initial=0.0))
    scale = jnp.where(size > 0, size, 1.0)

    def combined(x: jax.Array) -> jax.Array:
        equality, inequality = problem.constraints(x, args)
        return (nu @ equality + jnp.maximum(lam, 0.0) @ inequality) / scale

    value: jax.Array
    gradient: jax.Array
    value, gradient = jax.value_and_grad(combined)(x)
    small = unit(x) ** 0.5 * 10
    reach = 1 + jnp.max(jnp.abs(x), initial=0.0)
    proved: jax.Array = (value > small * reach) & (jnp.sum(jnp.abs(gradient)) * reach < 0.01 * value)
    return proved & (size > 1e3)
