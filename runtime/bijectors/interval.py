"""interval: lower < x < upper, elementwise, x = lower + (upper - lower) sigmoid(z). Base: Lebesgue on x.

Stan Reference Manual, "Lower and upper bounded scalar". The bounds are finite: scalars or arrays of z's
shape, lower < upper.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from pushforward.runtime.bijectors.bijector import Bijector


def interval_free_size(*dims: int) -> int:
    """Number of free coordinates: the product of the dims."""
    size = 1
    for dim in dims:
        size *= dim
    return size


def interval_constrain(z: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> jax.Array:
    """x = lower + (upper - lower) sigmoid(z), any shape.

    The upper half is reckoned from the upper bound, where `lower + width * sigmoid(z)` would lose the
    distance to it by cancellation (all of it when upper = 0).
    """
    width = jnp.subtract(upper, lower)
    smaller_part = width * jax.nn.sigmoid(-jnp.abs(z))
    return jnp.where(jnp.less(z, 0), lower + smaller_part, upper - smaller_part)


def interval_log_jacobian(z: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> jax.Array:
    """log |dx/dz| = log(upper - lower) + log sigmoid(z) + log sigmoid(-z), summed to a scalar."""
    log_slope = -jax.nn.softplus(z) - jax.nn.softplus(jnp.negative(z))
    return jnp.sum(jnp.log(jnp.subtract(upper, lower)) + log_slope)


def interval_unconstrain(x: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> jax.Array:
    """z = log(x - lower) - log(upper - x), any shape; infinite at the bounds and NaN beyond them."""
    return jnp.log(jnp.subtract(x, lower)) - jnp.log(jnp.subtract(upper, x))


BIJECTOR = Bijector(
    name="interval",
    constrain=interval_constrain,
    log_jacobian=interval_log_jacobian,
    unconstrain=interval_unconstrain,
    free_size=interval_free_size,
    event_rank=0,
    base_measure="Lebesgue on x",
    arguments=("lower", "upper"),
)
