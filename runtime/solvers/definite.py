"""A direction of descent from a matrix that may not be positive definite.

    d = -(H + s I)^-1 g,   s the first of 0, 1e-4 h, 1e-3 h, ... for which H + s I has a Cholesky factor L, h = max |H|

(Nocedal and Wright 2006, algorithm 3.3.) A pivot L_ii^2 below n h times the rounding unit is taken for 0. h is
rounded to a power of two, so that s changes only at isolated places and a derivative may hold it fixed.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.line_search import power_of_two
from pushforward.runtime.solvers.rounding import unit


def factor(hessian: jax.Array) -> jax.Array:
    """The Cholesky factor of H + s I; it is NaN where H is not finite."""
    identity = jnp.eye(hessian.shape[0], dtype=hessian.dtype)
    still = jax.lax.stop_gradient(hessian)
    scale = power_of_two(jnp.max(jnp.abs(still), initial=0.0))

    least = hessian.shape[0] * unit(hessian) * scale

    def indefinite(shift: jax.Array) -> jax.Array:
        pivots = jnp.diagonal(jnp.linalg.cholesky(still + shift * identity))
        return ~(jnp.min(pivots, initial=jnp.inf) ** 2 > least) & (shift < 1e3 * scale)

    def larger(shift: jax.Array) -> jax.Array:
        return jnp.maximum(10 * shift, 1e-4 * scale)

    shift = jax.lax.while_loop(indefinite, larger, jnp.zeros((), hessian.dtype))
    lower: jax.Array = jnp.linalg.cholesky(hessian + jax.lax.stop_gradient(shift) * identity)
    return lower


def solve(lower: jax.Array, right: jax.Array) -> jax.Array:
    """x with L L' x = right."""
    x: jax.Array = jax.scipy.linalg.cho_solve((lower, True), right)
    return x
