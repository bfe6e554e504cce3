"""From arrays of any rank to one number: moments, norms, log-mean-exp."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def logmeanexp(x: ArrayLike) -> jax.Array:
    """log(mean(exp(x))) over all entries, without overflow."""
    return jax.scipy.special.logsumexp(x) - jnp.log(jnp.size(x))


def variance(x: ArrayLike) -> jax.Array:
    """The sample variance over all entries with divisor n - 1; NaN for a single entry."""
    return jnp.var(jnp.asarray(x, float), ddof=1)


def sd(x: ArrayLike) -> jax.Array:
    """The sample standard deviation with divisor n - 1; NaN for one entry, gradient 0 where all are equal."""
    spread = variance(x)
    positive = spread != 0  # true for NaN, which must stay NaN
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, spread, 1.0)), 0.0)


def norm1(x: ArrayLike) -> jax.Array:
    """The sum of absolute values of all entries."""
    return jnp.sum(jnp.abs(jnp.asarray(x, float)))


def norm2(x: ArrayLike) -> jax.Array:
    """The Euclidean length of all entries; its gradient at 0 is 0, the least subgradient, not NaN."""
    squares = jnp.sum(jnp.square(jnp.asarray(x, float)))
    positive = squares != 0  # true for NaN, which must stay NaN
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, squares, 1.0)), 0.0)


def norm_inf(x: ArrayLike) -> jax.Array:
    """The largest absolute value of all entries."""
    return jnp.max(jnp.abs(jnp.asarray(x, float)))


def norm_diff(x: ArrayLike, y: ArrayLike) -> jax.Array:
    """The Euclidean length of x - y, arrays of one shape."""
    return norm2(jnp.subtract(x, y))
