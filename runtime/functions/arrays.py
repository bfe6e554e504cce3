"""Building, ordering and rearranging arrays. Sizes are Python integers, known when a program is compiled."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def zeros_matrix(m: int, n: int) -> jax.Array:
    """(m, n) zeros."""
    return jnp.zeros((m, n))


def ones_matrix(m: int, n: int) -> jax.Array:
    """(m, n) ones."""
    return jnp.ones((m, n))


def rep_vector(x: ArrayLike, n: int) -> jax.Array:
    """(n,) copies of a scalar."""
    return jnp.full((n,), x, dtype=float)


def rep_array(x: ArrayLike, n: int) -> jax.Array:
    """(n,) copies of an integer."""
    return jnp.full((n,), x, dtype=int)


def rep_matrix(x: ArrayLike, m: int, n: int) -> jax.Array:
    """(m, n) copies of a scalar."""
    return jnp.full((m, n), x, dtype=float)


def rep_columns(v: jax.Array, n: int) -> jax.Array:
    """n copies of v (M,) side by side as columns: (M, n)."""
    return jnp.broadcast_to(v[:, None], (v.shape[0], n))


def one_hot_vector(n: int, k: ArrayLike) -> jax.Array:
    """(n,) zeros with a one at position k."""
    return jnp.where(jnp.arange(n) == k, 1.0, 0.0)


def sort_desc(x: jax.Array) -> jax.Array:
    """x (N,) from largest to smallest."""
    return jnp.sort(x, descending=True)


def sort_indices_desc(x: jax.Array) -> jax.Array:
    """The positions that sort x (N,) from largest to smallest; ties keep their order."""
    return jnp.argsort(x, descending=True, stable=True)


def rank_of(x: jax.Array, s: ArrayLike) -> jax.Array:
    """How many entries of x (N,) are smaller than x[s] (Stan's `rank`)."""
    return jnp.sum(x < x[s])


def ranks(x: jax.Array) -> jax.Array:
    """For each entry of x (N,), how many are smaller: (N,) integers; ties share the lowest rank."""
    return jnp.searchsorted(jnp.sort(x), x, side="left").astype(int)


def stack_rows(a: jax.Array, b: jax.Array) -> jax.Array:
    """a above b; a vector is one row."""
    return jnp.concatenate([jnp.atleast_2d(a), jnp.atleast_2d(b)], axis=0)


def stack_columns(a: jax.Array, b: jax.Array) -> jax.Array:
    """a to the left of b; a vector is one column."""
    return jnp.column_stack([a, b])


def to_vector(A: jax.Array) -> jax.Array:
    """The columns of A (M, N) one after the other, as in Stan: (M N,)."""
    return A.T.ravel()


def to_matrix(v: jax.Array, m: int, n: int) -> jax.Array:
    """An (m, n) matrix filled column by column from v (m n,), as in Stan; the inverse of `to_vector`."""
    return v.reshape(n, m).T


def reshape_rows(v: jax.Array, m: int, n: int) -> jax.Array:
    """An (m, n) matrix filled row by row from v (m n,), as in NumPy."""
    return v.reshape(m, n)


def segment(x: jax.Array, i: ArrayLike, n: int) -> jax.Array:
    """n consecutive entries of x (N,) from position i on, which may be known only at run time."""
    return jax.lax.dynamic_slice_in_dim(x, i, n)


def submatrix(A: jax.Array, i: ArrayLike, j: ArrayLike, m: int, n: int) -> jax.Array:
    """The (m, n) block of A whose upper left corner is at row i and column j."""
    return jax.lax.dynamic_slice(A, (i, j), (m, n))
