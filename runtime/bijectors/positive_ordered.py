"""positive_ordered: 0 < x[0] < x[1] < ... < x[K-1], running sums of exp(z). Base: Lebesgue on x.

Stan Reference Manual, "Positive ordered vector".
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.bijector import Bijector


def positive_ordered_free_size(K: int) -> int:
    """K free coordinates."""
    return K


def positive_ordered_constrain(z: jax.Array) -> jax.Array:
    """z of shape (K,) to x of shape (K,): running sums of the positive steps exp(z)."""
    return jnp.cumsum(jnp.exp(z))


def positive_ordered_log_jacobian(z: jax.Array) -> jax.Array:
    """The Jacobian is triangular: log |det| = sum of z."""
    return jnp.sum(z)


def positive_ordered_unconstrain(x: jax.Array) -> jax.Array:
    """x of shape (K,) to z of shape (K,); -inf where a step is 0, NaN where a step is negative."""
    return jnp.log(jnp.diff(x, prepend=jnp.zeros((1,), x.dtype)))


BIJECTOR = Bijector(
    name="positive_ordered",
    constrain=positive_ordered_constrain,
    log_jacobian=positive_ordered_log_jacobian,
    unconstrain=positive_ordered_unconstrain,
    free_size=positive_ordered_free_size,
    event_rank=1,
    base_measure="Lebesgue on x",
)
