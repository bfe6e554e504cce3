"""Optimal transport with a quadratic penalty, of which each column of the plan has at most k entries that are not 0.

    max over f of  a'f - sum_j max { (f - C_j)'p - gamma |p|^2 / 2 : p >= 0, sum(p) = b_j, at most k entries }

(Liu, Puigcerver and Blondel 2023, "Sparsity-constrained optimal transport", section 4). The best p is the projection
on the simplex of the k largest entries. It is the dual of a problem that is not convex: where k is too small there is a
gap, and the row sums of the plan are not a.
"""

from typing import Any

import jax
import jax.numpy as jnp


def sparse_dual(
    f: jax.Array, C: jax.Array, a: jax.Array, b: jax.Array, gamma: jax.Array, k: jax.Array | int
) -> jax.Array:
    """The value at f, less (a'f)^2 / (2 gamma), which is 0 at one of the maxima."""
    scores, _, p = _sparse_columns(f, C, b, gamma, k)
    best = jnp.sum(scores * p) - 0.5 * gamma * jnp.sum(p**2)
    return a @ f - best - 0.5 * (a @ f) ** 2 / gamma


def sparse_table(f: jax.Array, C: jax.Array, b: jax.Array, gamma: jax.Array, k: jax.Array | int) -> jax.Array:
    """The plan (M, N) that f stands for."""
    _, places, p = _sparse_columns(f, C, b, gamma, k)
    columns = jnp.arange(C.shape[1])[:, None]
    return jnp.zeros((C.shape[1], C.shape[0]), p.dtype).at[columns, places].set(p).T


def _sparse_columns(
    f: jax.Array, C: jax.Array, b: jax.Array, gamma: jax.Array, k: jax.Array | int
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """For each column the entries of f - C from the largest on, where they are, and what the plan has there: (N, M)
    each."""
    scores, places = jax.lax.top_k((f[:, None] - C).T, C.shape[0])
    allowed = jnp.arange(C.shape[0]) < k
    return scores, places, jax.vmap(_sparse_simplex, in_axes=(0, 0, None))(scores / gamma, b * 1.0, allowed)


@jax.custom_jvp
def _sparse_simplex(x: jax.Array, total: jax.Array, allowed: jax.Array) -> jax.Array:
    """The nearest point to x (M,), which is sorted downwards, with entries >= 0 that sum to `total` and are 0 where
    that is not allowed."""
    sums = (jnp.cumsum(x) - total) / jnp.arange(1, x.size + 1)
    last = jnp.sum((x > sums) & allowed) - 1
    return jnp.where(allowed, jnp.maximum(x - sums[jnp.maximum(last, 0)], 0.0), 0.0)


@_sparse_simplex.defjvp
def _sparse_simplex_change(primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    """The change of the projection on the face of the simplex that its support spans."""
    p = _sparse_simplex(*primals)
    support = (p > 0).astype(p.dtype)
    dx, dtotal, _ = tangents
    count = jnp.maximum(jnp.sum(support), 1.0)
    return p, support * (dx - (support @ dx - dtotal) / count)
