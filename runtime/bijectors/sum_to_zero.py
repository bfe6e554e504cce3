"""sum_to_zero: a vector of K numbers whose sum is zero, x = V z with orthonormal columns V.

Base measure: the (K-1)-dimensional Lebesgue (Hausdorff) measure on the plane sum(x) = 0. V has the
columns of Helmert's matrix, V[:, n-1] = (1, ..., 1, -n, 0, ..., 0) / sqrt(n (n + 1)) with n ones, so
that the map is an isometry, needs no Jacobian and treats all components alike (Egozcue et al. 2003,
"Isometric logratio transformations for compositional data analysis", eq. 18; Stan Reference Manual,
"Zero sum vector"). Two running sums replace the matrix: O(K).
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.bijector import Bijector


def sum_to_zero_free_size(K: int) -> int:
    """K - 1 free coordinates."""
    return K - 1


def sum_to_zero_constrain(z: jax.Array) -> jax.Array:
    """z of shape (K-1,) to x of shape (K,) with sum(x) = 0."""
    n = jnp.arange(1, z.size + 1, dtype=z.dtype)
    weight = z / jnp.sqrt(n * (n + 1))
    zero = jnp.zeros((1,), z.dtype)
    later = jnp.cumsum(weight[::-1])[::-1]
    return jnp.concatenate([later, zero]) - jnp.concatenate([zero, n * weight])


def sum_to_zero_log_jacobian(z: jax.Array) -> jax.Array:
    """Zero: the map is an isometry."""
    return jnp.zeros((), z.dtype)


def sum_to_zero_unconstrain(x: jax.Array) -> jax.Array:
    """x of shape (K,) to z = V' x of shape (K-1,); a sum that is not zero is projected away."""
    n = jnp.arange(1, x.size, dtype=x.dtype)
    return (jnp.cumsum(x)[:-1] - n * x[1:]) / jnp.sqrt(n * (n + 1))


BIJECTOR = Bijector(
    name="sum_to_zero",
    constrain=sum_to_zero_constrain,
    log_jacobian=sum_to_zero_log_jacobian,
    unconstrain=sum_to_zero_unconstrain,
    free_size=sum_to_zero_free_size,
    event_rank=1,
    base_measure="(K-1)-dimensional Lebesgue measure on the plane sum(x) = 0",
)
