"""cov_matrix: symmetric positive definite S = L L'. Base: Lebesgue on the lower triangle of S.

L is lower triangular with a diagonal exp(z), laid out row by row as in `cholesky_cov` (Stan Reference
Manual, "Covariance matrices").
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.bijector import Bijector


def cov_matrix_free_size(N: int) -> int:
    """N (N + 1) / 2 free coordinates."""
    return N * (N + 1) // 2


def _cov_matrix_diagonal(N: int) -> list[int]:
    """Positions of the diagonal entries among the rows of the lower triangle laid end to end."""
    return [k * (k + 3) // 2 for k in range(N)]


def _cov_matrix_dim(free_size: int) -> int:
    """N with N (N + 1) / 2 = free_size."""
    return int(round((1 + 8 * free_size) ** 0.5) - 1) // 2


def cov_matrix_constrain(z: jax.Array) -> jax.Array:
    """z of shape (N (N + 1) / 2,) to S of shape (N, N), symmetric positive definite."""
    N = _cov_matrix_dim(z.size)
    diagonal = jnp.array(_cov_matrix_diagonal(N), dtype=int)
    entries = z.at[diagonal].set(jnp.exp(z[diagonal]))
    L = jnp.zeros((N, N), z.dtype).at[jnp.tril_indices(N)].set(entries)
    return L @ L.T


def cov_matrix_log_jacobian(z: jax.Array) -> jax.Array:
    """log |det dS/dz| over the lower triangle of S: N log 2 + sum_k (N - k + 1) log L[k, k], k from 0.

    The factors are 2^N prod_k L[k, k]^(N - k) for L -> S and prod_k L[k, k] for z -> L.
    """
    N = _cov_matrix_dim(z.size)
    diagonal = jnp.array(_cov_matrix_diagonal(N), dtype=int)
    power = jnp.arange(N + 1, 1, -1, dtype=z.dtype)
    return N * jnp.log(2.0) + jnp.sum(power * z[diagonal])


def cov_matrix_unconstrain(x: jax.Array) -> jax.Array:
    """S of shape (N, N) to z; NaN where S is not positive definite."""
    N = x.shape[0]
    entries = jnp.linalg.cholesky(x)[jnp.tril_indices(N)]
    diagonal = jnp.array(_cov_matrix_diagonal(N), dtype=int)
    return jnp.asarray(entries.at[diagonal].set(jnp.log(entries[diagonal])))


BIJECTOR = Bijector(
    name="cov_matrix",
    constrain=cov_matrix_constrain,
    log_jacobian=cov_matrix_log_jacobian,
    unconstrain=cov_matrix_unconstrain,
    free_size=cov_matrix_free_size,
    event_rank=2,
    base_measure="Lebesgue on the lower triangle of S",
)
