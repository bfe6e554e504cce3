"""A linear map x -> L x whose transpose is given, with derivatives forward, in reverse and mixed, inside `vmap`.

JAX has functions with a derivative of one's own forward (`custom_jvp`) or in reverse (`custom_vjp`), and no public one
with both. It
has linear systems with both, and L x is the solution of one, whose matrix is symmetric:

    [ 0   A ] [u]   [b]                [ I  0 ]
    [ A'  0 ] [v] = [c]    with   A =  [-L  I ],   and so   v = A^-1 (x, 0) = (x, L x)

Half of each solve is not used and is dropped by XLA. The map may depend on other values, through which it is
differentiable
forward as often as its two functions are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree


def linear_map(forward: Callable[[Any], Any], backward: Callable[[Any], Any], x: Any) -> Any:
    """forward(x), with the transpose `backward`, for trees of arrays of one type."""
    flat, unravel_x = ravel_pytree(x)
    shape = jax.eval_shape(forward, x)
    zero, unravel_y = ravel_pytree(jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shape))
    n, m = flat.size, zero.size

    def apply(x: jax.Array) -> jax.Array:
        return ravel_pytree(forward(unravel_x(x)))[0]

    def transposed(y: jax.Array) -> jax.Array:
        return ravel_pytree(backward(unravel_y(y)))[0]

    def parts(vector: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
        return vector[:n], vector[n : n + m], vector[n + m : 2 * n + m], vector[2 * n + m :]

    def matrix(unknown: jax.Array) -> jax.Array:
        p, q, x, y = parts(unknown)
        return jnp.concatenate([x, y - apply(x), p - transposed(q), q])

    def solve(_: Any, right: jax.Array) -> jax.Array:
        x, y, p, q = parts(right)
        return jnp.concatenate([p + transposed(q), q, x, y + apply(x)])

    # one vector: JAX transposes a solve only in all of its right side
    right = jnp.pad(flat, (0, n + 2 * m))
    return unravel_y(parts(jax.lax.custom_linear_solve(matrix, right, solve, symmetric=True))[3])
