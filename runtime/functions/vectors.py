"""Joining values into one vector."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def join(*parts: ArrayLike) -> jax.Array:
    """The entries of all parts, each in row-major order, as one vector."""
    return jnp.concatenate([jnp.ravel(jnp.asarray(p)) for p in parts]) if parts else jnp.zeros(0)


def shaped(x: ArrayLike, *dims: int) -> jax.Array:
    """The entries of `x` in the shape `dims`, in row-major order."""
    return jnp.reshape(jnp.asarray(x), dims)
