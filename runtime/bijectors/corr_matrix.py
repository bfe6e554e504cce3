"""corr_matrix: symmetric positive definite with unit diagonal, C = L L'.

Base measure: Lebesgue on the strictly lower triangle of C. The free coordinates are those of `cholesky_corr`:
inverse hyperbolic tangents of canonical partial correlations, row by row (Lewandowski, Kurowicka and Joe 2009;
Stan Reference Manual, "Correlation matrices").
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.bijector import Bijector


def corr_matrix_free_size(K: int) -> int:
    """K (K - 1) / 2 free coordinates."""
    return K * (K - 1) // 2


def _corr_matrix_tanh_and_log_stick(z: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Three (K, K) arrays: tanh(z) with unit diagonal, log sech(z), and its sums over earlier columns."""
    K = round((1 + (1 + 8 * z.size) ** 0.5) / 2)
    lower = jnp.zeros((K, K), z.dtype).at[jnp.tril_indices(K, -1)].set(z)
    log_sech = jnp.log(2.0) - jnp.logaddexp(lower, -lower)
    log_stick = jnp.cumsum(log_sech, axis=1) - log_sech
    return jnp.tanh(lower) + jnp.eye(K, dtype=z.dtype), log_sech, log_stick


def corr_matrix_constrain(z: jax.Array) -> jax.Array:
    """z of shape (K (K - 1) / 2,) to C of shape (K, K), symmetric with unit diagonal."""
    tanh, _, log_stick = _corr_matrix_tanh_and_log_stick(z)
    L = tanh * jnp.exp(log_stick)
    return jnp.fill_diagonal(L @ L.T, 1.0, inplace=False)


def corr_matrix_log_jacobian(z: jax.Array) -> jax.Array:
    """log |det dC/dz| over the strictly lower triangle of C.

    For z -> L as in `cholesky_corr`; L -> C adds sum_{j<i} log L[j, j], as dC[i, j] / dL[i, j] = L[j, j].
    """
    _, log_sech, log_stick = _corr_matrix_tanh_and_log_stick(z)
    K = log_sech.shape[0]
    rows_below = jnp.arange(K - 1, -1, -1, dtype=z.dtype)
    from_cholesky = jnp.sum(jnp.tril(2.0 * log_sech + log_stick, -1))
    return from_cholesky + jnp.sum(rows_below * jnp.diagonal(log_stick))


def corr_matrix_unconstrain(x: jax.Array) -> jax.Array:
    """C of shape (K, K) to z; NaN where C is not positive definite."""
    L = jnp.linalg.cholesky(x)
    row, col = jnp.tril_indices(x.shape[0], -1)
    rest = jnp.cumsum((L * L)[:, ::-1], axis=1)[:, ::-1]
    return jnp.arcsinh(L[row, col] / jnp.sqrt(rest[row, col + 1]))


BIJECTOR = Bijector(
    name="corr_matrix",
    constrain=corr_matrix_constrain,
    log_jacobian=corr_matrix_log_jacobian,
    unconstrain=corr_matrix_unconstrain,
    free_size=corr_matrix_free_size,
    event_rank=2,
    base_measure="Lebesgue on the strictly lower triangle of C",
)
