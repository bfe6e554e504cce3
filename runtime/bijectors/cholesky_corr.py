"""cholesky_corr: lower triangular L with rows of length 1 and positive diagonal.

Base measure: Lebesgue on the strictly lower triangle of L. The free coordinates, row by row, are
inverse hyperbolic tangents of canonical partial correlations (Lewandowski, Kurowicka and Joe 2009; Stan
Reference Manual, "Cholesky factors of correlation matrices"):

    L[i, j] = tanh(z[i, j]) prod_{k<j} sech(z[i, k])    for j < i,    L[i, i] = prod_{k<i} sech(z[i, k]).

With sqrt(1 - tanh^2) = sech taken in logarithms nothing cancels, so that |z| = 30 is harmless.
"""

import math

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.bijector import Bijector


def cholesky_corr_free_size(K: int) -> int:
    """K (K - 1) / 2 free coordinates."""
    return K * (K - 1) // 2


def _cholesky_corr_order(z: jax.Array) -> int:
    """K, from K (K - 1) / 2 free coordinates."""
    return (1 + math.isqrt(1 + 8 * z.size)) // 2


def _cholesky_corr_log_sech(z: jax.Array) -> jax.Array:
    """log sech(z) = log sqrt(1 - tanh(z)^2), elementwise."""
    return jnp.log(2.0) - jnp.logaddexp(z, -z)


def _cholesky_corr_row(tanh: jax.Array, log_sech: jax.Array, zeros: int) -> jax.Array:
    """A row of L from its i free coordinates: i + 1 elements, then so many zeros."""
    stick = jnp.concatenate([jnp.ones(1, tanh.dtype), jnp.exp(jnp.cumsum(log_sech))])
    row = jnp.concatenate([tanh, jnp.ones(1, tanh.dtype)]) * stick
    return jnp.concatenate([row, jnp.zeros(zeros, tanh.dtype)])


def cholesky_corr_constrain(z: jax.Array) -> jax.Array:
    """z of shape (K (K - 1) / 2,) to L of shape (K, K)."""
    K, tanh, log_sech = _cholesky_corr_order(z), jnp.tanh(z), _cholesky_corr_log_sech(z)
    if K <= 8:  # row by row: several times faster than storing at index pairs, but longer to compile as K grows
        ends = [i * (i + 1) // 2 for i in range(K)]
        parts = [slice(end - i, end) for i, end in enumerate(ends)]
        return jnp.stack([_cholesky_corr_row(tanh[p], log_sech[p], K - 1 - i) for i, p in enumerate(parts)])
    strictly_lower, nothing = jnp.tril_indices(K, -1), jnp.zeros((K, K), z.dtype)
    log_sech = nothing.at[strictly_lower].set(log_sech)
    log_stick = jnp.cumsum(log_sech, axis=1) - log_sech
    return jnp.tril((nothing.at[strictly_lower].set(tanh) + jnp.eye(K, dtype=z.dtype)) * jnp.exp(log_stick))


def cholesky_corr_log_jacobian(z: jax.Array) -> jax.Array:
    """log |det dL/dz| over the strictly lower triangle.

    The Jacobian is triangular: sum_{j<i} (2 log sech z[i, j] + sum_{k<j} log sech z[i, k]), where log sech z[i, k]
    counts i + 1 - k times.
    """
    K = _cholesky_corr_order(z)
    times = [float(i + 1 - k) for i in range(K) for k in range(i)]
    return jnp.sum(jnp.asarray(times, z.dtype) * _cholesky_corr_log_sech(z))


def cholesky_corr_unconstrain(x: jax.Array) -> jax.Array:
    """L of shape (K, K) to z; infinite where the diagonal is 0.

    tanh z[i, j] = L[i, j] / |L[i, j:]| is the same as sinh z[i, j] = L[i, j] / |L[i, j+1:]|, which keeps its
    precision when the correlation is near 1.
    """
    row, col = jnp.tril_indices(x.shape[0], -1)
    rest = jnp.cumsum((x * x)[:, ::-1], axis=1)[:, ::-1]
    return jnp.arcsinh(x[row, col] / jnp.sqrt(rest[row, col + 1]))


BIJECTOR = Bijector(
    name="cholesky_corr",
    constrain=cholesky_corr_constrain,
    log_jacobian=cholesky_corr_log_jacobian,
    unconstrain=cholesky_corr_unconstrain,
    free_size=cholesky_corr_free_size,
    event_rank=2,
    base_measure="Lebesgue on the strictly lower triangle of L",
)
