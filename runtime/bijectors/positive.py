"""positive: x > 0, elementwise, x = exp(z). Base measure: Lebesgue on x.

The log (rather than softplus) is the choice of Stan (Reference Manual, "Lower bounded scalar"): scales
multiply, so their posteriors are closer to normal on the log scale, and log |dx/dz| = z is linear.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from pushforward.runtime.bijectors.bijector import Bijector


def positive_free_size(*dims: int) -> int:
    """Number of free coordinates: the product of the dims."""
    size = 1
    for dim in dims:
        size *= dim
    return size


def positive_constrain(z: ArrayLike) -> jax.Array:
    """x = exp(z), any shape."""
    return jnp.exp(z)


def positive_log_jacobian(z: ArrayLike) -> jax.Array:
    """log |dx/dz| = z, summed to a scalar."""
    return jnp.sum(z)


def positive_unconstrain(x: ArrayLike) -> jax.Array:
    """z = log(x), any shape; -inf at 0 and NaN below."""
    return jnp.log(x)


BIJECTOR = Bijector(
    name="positive",
    constrain=positive_constrain,
    log_jacobian=positive_log_jacobian,
    unconstrain=positive_unconstrain,
    free_size=positive_free_size,
    event_rank=0,
    base_measure="Lebesgue on x",
)
