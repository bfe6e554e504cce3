"""stochastic_matrix: an M by N matrix whose rows are simplexes. Base: Lebesgue on x[:, :N-1].

Each row is the softmax of isometric log-ratio coordinates, as in `simplex`. The free coordinates are
the rows' coordinates one row after the other.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.bijector import Bijector


def stochastic_matrix_free_size(rows: int, cols: int) -> int:
    """rows * (cols - 1) free coordinates."""
    return rows * (cols - 1)


def _stochastic_matrix_centred(z: jax.Array, rows: int, cols: int) -> jax.Array:
    """Centred log-ratios of all rows, of shape (rows, cols); each row sums to zero."""
    n = jnp.arange(1, cols, dtype=z.dtype)
    weight = z.reshape(rows, cols - 1) / jnp.sqrt(n * (n + 1))[None, :]
    zero = jnp.zeros((rows, 1), z.dtype)
    later = jnp.cumsum(weight[:, ::-1], axis=1)[:, ::-1]
    return jnp.concatenate([later, zero], axis=1) - jnp.concatenate([zero, n[None, :] * weight], axis=1)


def stochastic_matrix_constrain(z: jax.Array, rows: int, cols: int) -> jax.Array:
    """z of shape (rows * (cols - 1),) to x of shape (rows, cols), positive with rows that sum to 1."""
    return jax.nn.softmax(_stochastic_matrix_centred(z, rows, cols), axis=1)


def stochastic_matrix_log_jacobian(z: jax.Array, rows: int, cols: int) -> jax.Array:
    """log |det d x[:, :cols-1] / dz| = sum(log x) + rows * log(cols) / 2."""
    log_x = jax.nn.log_softmax(_stochastic_matrix_centred(z, rows, cols), axis=1)
    return jnp.sum(log_x) + 0.5 * rows * jnp.log(1.0 * cols)


def stochastic_matrix_unconstrain(x: jax.Array, rows: int, cols: int) -> jax.Array:
    """x of shape (rows, cols) to z of shape (rows * (cols - 1),); infinite or NaN where an entry is 0."""
    n = jnp.arange(1, cols, dtype=x.dtype)[None, :]
    log_x = jnp.log(x)
    ratios = (jnp.cumsum(log_x, axis=1)[:, :-1] - n * log_x[:, 1:]) / jnp.sqrt(n * (n + 1))
    return ratios.reshape(rows * (cols - 1))


BIJECTOR = Bijector(
    name="stochastic_matrix",
    constrain=stochastic_matrix_constrain,
    log_jacobian=stochastic_matrix_log_jacobian,
    unconstrain=stochastic_matrix_unconstrain,
    free_size=stochastic_matrix_free_size,
    event_rank=2,
    base_measure="Lebesgue on x[:, :N-1]",
    arguments=("rows", "cols"),
)
