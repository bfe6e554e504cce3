"""unit: 0 < x < 1, elementwise, x = sigmoid(z). Base measure: Lebesgue on x.

The interval (0, 1) without the bounds: sigmoid keeps the full relative precision near 0.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from pushforward.runtime.bijectors.bijector import Bijector


def unit_free_size(*dims: int) -> int:
    """Number of free coordinates: the product of the dims."""
    size = 1
    for dim in dims:
        size *= dim
    return size


def unit_constrain(z: ArrayLike) -> jax.Array:
    """x = sigmoid(z), any shape."""
    return jax.nn.sigmoid(z)


def unit_log_jacobian(z: ArrayLike) -> jax.Array:
    """log |dx/dz| = log sigmoid(z) + log sigmoid(-z), summed to a scalar."""
    return -jnp.sum(jax.nn.softplus(z) + jax.nn.softplus(jnp.negative(z)))


def unit_unconstrain(x: ArrayLike) -> jax.Array:
    """z = log(x) - log(1 - x), any shape; infinite at 0 and 1 and NaN outside."""
    return jnp.log(x) - jnp.log1p(jnp.negative(x))


BIJECTOR = Bijector(
    name="unit",
    constrain=unit_constrain,
    log_jacobian=unit_log_jacobian,
    unconstrain=unit_unconstrain,
    free_size=unit_free_size,
    event_rank=0,
    base_measure="Lebesgue on x",
)
