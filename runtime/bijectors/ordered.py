"""ordered: x[0] < x[1] < ... < x[K-1], x[0] = z[0] and x[k] = x[k-1] + exp(z[k]). Base: Lebesgue on x.

Stan Reference Manual, "Ordered vector".
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.bijector import Bijector


def ordered_free_size(K: int) -> int:
    """K free coordinates."""
    return K


def ordered_constrain(z: jax.Array) -> jax.Array:
    """z of shape (K,) to x of shape (K,): running sums of the first value and positive steps."""
    return jnp.cumsum(jnp.concatenate([z[:1], jnp.exp(z[1:])]))


def ordered_log_jacobian(z: jax.Array) -> jax.Array:
    """The Jacobian is triangular: log |det| = sum of z[1:]."""
    return jnp.sum(z[1:])


def ordered_unconstrain(x: jax.Array) -> jax.Array:
    """x of shape (K,) to z of shape (K,); -inf where neighbours are equal, NaN where they are not ordered."""
    return jnp.concatenate([x[:1], jnp.log(jnp.diff(x))])


BIJECTOR = Bijector(
    name="ordered",
    constrain=ordered_constrain,
    log_jacobian=ordered_log_jacobian,
    unconstrain=ordered_unconstrain,
    free_size=ordered_free_size,
    event_rank=1,
    base_measure="Lebesgue on x",
)
