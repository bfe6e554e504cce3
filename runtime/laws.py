"""Draws from the objects of distribution libraries."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def draw(law: Any, key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Independent draws of shape `shape + event` from a NumPyro or TFP distribution whose batch dimensions broadcast to `shape`."""
    if hasattr(law, "expand"):  # NumPyro
        return jnp.asarray(law.expand(shape).sample(key))
    from tensorflow_probability.substrates.jax import distributions as tfd

    return jnp.asarray(tfd.BatchBroadcast(law, shape).sample(seed=key))
