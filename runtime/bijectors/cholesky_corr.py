"""cholesky_corr: lower triangular L with rows of length 1 and positive diagonal.

Base measure: Lebesgue on the strictly lower triangle of L. The free coordinates, row by row, are
inverse hyperbolic tangents of canonical partial correlations (Lewandowski, Kurowicka and Joe 2009; Stan
Reference Manual, "Cholesky factors of correlation matrices"):

    L[i, j] = tanh(z[i, j]) prod_{k<j} sech(z[i, k])    for j < i,    L[i, i] = prod_{k<i} sech(z[i, k]).

With sqrt(1 - tanh^2) = sech taken in logarithms nothing cancels, so that |z| = 30 is harmless.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.bijector import Bijector


def cholesky_corr_free_size(K: int) -> int:
    """K (K - 1) / 2 free coordinates."""
    return K * (K - 1) // 2


def _cholesky_corr_tanh_and_log_stick(z: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Three (K, K) arrays: tanh(z) with unit diagonal, log sech(z), and its sums over earlier columns."""
    K = round((1 + (1 + 8 * z.size) ** 0.5) / 2)
    lower = jnp.zeros((K, K), z.dtype).at[jnp.tril_indices(K, -1)].set(z)
    log_sech = jnp.log(2.0) - jnp.logaddexp(lower, -lower)
    log_stick = jnp.cumsum(log_sech, axis=1) - log_sech
    return jnp.tanh(lower) + jnp.eye(K, dtype=z.dtype), log_sech, log_stick


def cholesky_corr_constrain(z: jax.Array) -> jax.Array:
    """z of shape (K (K - 1) / 2,) to L of shape (K, K)."""
    tanh, _, log_stick = _cholesky_corr_tanh_and_log_stick(z)
    return tanh * jnp.exp(log_stick)


def cholesky_corr_log_jacobian(z: jax.Array) -> jax.Array:
    """log |det dL/dz| over the strictly lower triangle.

    The Jacobian is triangular: sum_{j<i} (2 log sech z[i, j] + sum_{k<j} log sech z[i, k]).
    """
    _, log_sech, log_stick = _cholesky_corr_tanh_and_log_stick(z)
    return jnp.sum(jnp.tril(2.0 * log_sech + log_stick, -1))


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
