"""simplex: K positive numbers that sum to one, x = softmax(V z). Base: Lebesgue on x[:K-1].

V is the orthonormal basis of the plane of vectors with sum zero (Helmert's columns), so z are the
isometric log-ratio coordinates of x (Egozcue et al. 2003, eq. 18; Stan Reference Manual, "Unit
simplex"). Preferred to stick breaking because it treats the components alike: the uniform law on the
simplex becomes a nearly round density in z, while stick breaking stretches late coordinates; its
log-Jacobian has gradients bounded by K, and it is a few vector operations instead of a recursion.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.bijector import Bijector


def simplex_free_size(K: int) -> int:
    """K - 1 free coordinates."""
    return K - 1


def _simplex_centred(z: jax.Array) -> jax.Array:
    """V z, of shape (K,): centred log-ratios of the simplex point; the isometry of `sum_to_zero`."""
    n = jnp.arange(1, z.size + 1, dtype=z.dtype)
    weight = z / jnp.sqrt(n * (n + 1))
    zero = jnp.zeros((1,), z.dtype)
    later = jnp.cumsum(weight[::-1])[::-1]
    return jnp.concatenate([later, zero]) - jnp.concatenate([zero, n * weight])


def simplex_constrain(z: jax.Array) -> jax.Array:
    """z of shape (K-1,) to x of shape (K,), positive with sum 1."""
    return jax.nn.softmax(_simplex_centred(z))


def simplex_log_jacobian(z: jax.Array) -> jax.Array:
    """log |det d x[:K-1] / dz| = sum(log x) + log(K) / 2."""
    return jnp.sum(jax.nn.log_softmax(_simplex_centred(z))) + 0.5 * jnp.log(z.size + 1.0)


def simplex_unconstrain(x: jax.Array) -> jax.Array:
    """x of shape (K,) to z = V' log(x) of shape (K-1,); infinite or NaN where a component is 0."""
    n = jnp.arange(1, x.size, dtype=x.dtype)
    log_x = jnp.log(x)
    return (jnp.cumsum(log_x)[:-1] - n * log_x[1:]) / jnp.sqrt(n * (n + 1))


BIJECTOR = Bijector(
    name="simplex",
    constrain=simplex_constrain,
    log_jacobian=simplex_log_jacobian,
    unconstrain=simplex_unconstrain,
    free_size=simplex_free_size,
    event_rank=1,
    base_measure="Lebesgue on x[:K-1]",
)
