"""Joining values into one vector."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def join(*parts: ArrayLike) -> jax.Array:
    """The entries of all parts, each in row-major order, as one vector."""
    return jnp.concatenate([jnp.ravel(jnp.asarray(p)) for p in parts]) if parts else jnp.zeros(0)
