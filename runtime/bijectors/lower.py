"""lower: x > lower, elementwise, x = lower + exp(z). Base measure: Lebesgue on x.

Stan Reference Manual, "Lower bounded scalar". The bound is finite: a scalar or an array of z's shape.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from pushforward.runtime.bijectors.bijector import Bijector


def lower_free_size(*dims: int) -> int:
    """Number of free coordinates: the product of the dims."""
    size = 1
    for dim in dims:
        size *= dim
    return size


def lower_constrain(z: ArrayLike, lower: ArrayLike) -> jax.Array:
    """x = lower + exp(z), any shape."""
    return jnp.add(lower, jnp.exp(z))


def lower_log_jacobian(z: ArrayLike, lower: ArrayLike) -> jax.Array:
    """log |dx/dz| = z, summed to a scalar; it does not depend on the bound."""
    return jnp.sum(z)


def lower_unconstrain(x: ArrayLike, lower: ArrayLike) -> jax.Array:
    """z = log(x - lower), any shape; -inf at the bound and NaN below it."""
    return jnp.log(jnp.subtract(x, lower))


BIJECTOR = Bijector(
    name="lower",
    constrain=lower_constrain,
    log_jacobian=lower_log_jacobian,
    unconstrain=lower_unconstrain,
    free_size=lower_free_size,
    event_rank=0,
    base_measure="Lebesgue on x",
    arguments=("lower",),
)
