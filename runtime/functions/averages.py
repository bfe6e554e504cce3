"""Averages of what comes one by one."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def moving_average(state: ArrayLike, value: ArrayLike, decay: float) -> jax.Array:
    """The state f[2], an average and how many values are in it, with one more value.

    The average keeps the share `decay` of itself; of the first few values it is the plain mean, so that it is not
    drawn towards where it began.
    """
    average, count = jnp.asarray(state, float)
    share = jnp.maximum(1.0 - decay, 1.0 / (count + 1.0))
    return jnp.stack([average + share * (jnp.asarray(value, float) - average), count + 1.0])
