"""cholesky_cov: lower triangular L with positive diagonal. Base: Lebesgue on the lower triangle.

The free coordinates are the entries of the lower triangle row by row, the diagonal ones as logarithms
(Stan Reference Manual, "Cholesky factors of covariance matrices").
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.bijector import Bijector


def cholesky_cov_free_size(N: int) -> int:
    """N (N + 1) / 2 free coordinates."""
    return N * (N + 1) // 2


def _cholesky_cov_diagonal(N: int) -> list[int]:
    """Positions of the diagonal entries among the rows of the lower triangle laid end to end."""
    return [k * (k + 3) // 2 for k in range(N)]


def _cholesky_cov_dim(free_size: int) -> int:
    """N with N (N + 1) / 2 = free_size."""
    return int(round((1 + 8 * free_size) ** 0.5) - 1) // 2


def cholesky_cov_constrain(z: jax.Array) -> jax.Array:
    """z of shape (N (N + 1) / 2,) to L of shape (N, N)."""
    N = _cholesky_cov_dim(z.size)
    diagonal = jnp.array(_cholesky_cov_diagonal(N), dtype=int)
    entries = z.at[diagonal].set(jnp.exp(z[diagonal]))
    return jnp.zeros((N, N), z.dtype).at[jnp.tril_indices(N)].set(entries)


def cholesky_cov_log_jacobian(z: jax.Array) -> jax.Array:
    """log |det dL/dz| = sum of the free coordinates of the diagonal, over the lower triangle of L."""
    diagonal = jnp.array(_cholesky_cov_diagonal(_cholesky_cov_dim(z.size)), dtype=int)
    return jnp.sum(z[diagonal])


def cholesky_cov_unconstrain(x: jax.Array) -> jax.Array:
    """L of shape (N, N) to z; -inf where the diagonal is 0, NaN where it is negative."""
    N = x.shape[0]
    entries = x[jnp.tril_indices(N)]
    diagonal = jnp.array(_cholesky_cov_diagonal(N), dtype=int)
    return jnp.asarray(entries.at[diagonal].set(jnp.log(entries[diagonal])))


BIJECTOR = Bijector(
    name="cholesky_cov",
    constrain=cholesky_cov_constrain,
    log_jacobian=cholesky_cov_log_jacobian,
    unconstrain=cholesky_cov_unconstrain,
    free_size=cholesky_cov_free_size,
    event_rank=2,
    base_measure="Lebesgue on the lower triangle of L",
)
