"""unit_vector: K numbers with unit length, x = z / |z|. Base: surface measure of the sphere.

K free coordinates for K-1 dimensions: the length of z is an extra coordinate that is given the law of
the length of a standard normal vector (Marsaglia 1972; Stan Reference Manual, "Unit vector"). The
constant that makes that law integrate to one is kept, so that total mass is preserved: the uniform
law on the sphere becomes exactly z ~ normal(0, 1). The map is undefined (NaN) at z = 0.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.bijector import Bijector


def unit_vector_free_size(K: int) -> int:
    """K free coordinates."""
    return K


def unit_vector_constrain(z: jax.Array) -> jax.Array:
    """z of shape (K,), not zero, to x of shape (K,) of length 1."""
    scaled = z / jax.lax.stop_gradient(jnp.max(jnp.abs(z)))  # the squares neither overflow nor vanish
    return scaled / jnp.sqrt(jnp.sum(scaled * scaled))


def unit_vector_log_jacobian(z: jax.Array) -> jax.Array:
    """-|z|^2 / 2 - log(2^(K/2 - 1) Gamma(K/2)).

    This is log of the ratio between Lebesgue measure on z weighted by the chi law of |z|, and surface
    measure on x; there is no determinant as the map is not one to one.
    """
    half = 0.5 * z.size
    return -0.5 * jnp.sum(z * z) - (half - 1.0) * jnp.log(2.0) - jax.scipy.special.gammaln(half)


def unit_vector_unconstrain(x: jax.Array) -> jax.Array:
    """z = x, the preimage of length 1."""
    return x


BIJECTOR = Bijector(
    name="unit_vector",
    constrain=unit_vector_constrain,
    log_jacobian=unit_vector_log_jacobian,
    unconstrain=unit_vector_unconstrain,
    free_size=unit_vector_free_size,
    event_rank=1,
    base_measure="surface measure of the sphere",
)
