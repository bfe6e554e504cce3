"""real: no constraint; the identity on any shape. Base measure: Lebesgue."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from pushforward.runtime.bijectors.bijector import Bijector


def real_free_size(*dims: int) -> int:
    """Number of free coordinates: the product of the dims."""
    size = 1
    for dim in dims:
        size *= dim
    return size


def real_constrain(z: ArrayLike) -> jax.Array:
    """x = z, any shape."""
    return jnp.asarray(z)


def real_log_jacobian(z: ArrayLike) -> jax.Array:
    """Zero, as a scalar of the dtype of z."""
    return jnp.zeros((), jnp.result_type(z))


def real_unconstrain(x: ArrayLike) -> jax.Array:
    """z = x, any shape."""
    return jnp.asarray(x)


BIJECTOR = Bijector(
    name="real",
    constrain=real_constrain,
    log_jacobian=real_log_jacobian,
    unconstrain=real_unconstrain,
    free_size=real_free_size,
    event_rank=0,
    base_measure="Lebesgue on x",
)
