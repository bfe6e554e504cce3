"""upper: x < upper, elementwise, x = upper - exp(z). Base measure: Lebesgue on x.

Stan Reference Manual, "Upper bounded scalar". The bound is finite: a scalar or an array of z's shape.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from pushforward.runtime.bijectors.bijector import Bijector


def upper_free_size(*dims: int) -> int:
    """Number of free coordinates: the product of the dims."""
    size = 1
    for dim in dims:
        size *= dim
    return size


def upper_constrain(z: ArrayLike, upper: ArrayLike) -> jax.Array:
    """x = upper - exp(z), any shape."""
    return jnp.subtract(upper, jnp.exp(z))


def upper_log_jacobian(z: ArrayLike, upper: ArrayLike) -> jax.Array:
    """log |dx/dz| = z, summed to a scalar; it does not depend on the bound."""
    return jnp.sum(z)


def upper_unconstrain(x: ArrayLike, upper: ArrayLike) -> jax.Array:
    """z = log(upper - x), any shape; -inf at the bound and NaN above it."""
    return jnp.log(jnp.subtract(upper, x))


BIJECTOR = Bijector(
    name="upper",
    constrain=upper_constrain,
    log_jacobian=upper_log_jacobian,
    unconstrain=upper_unconstrain,
    free_size=upper_free_size,
    event_rank=0,
    base_measure="Lebesgue on x",
    arguments=("upper",),
)
