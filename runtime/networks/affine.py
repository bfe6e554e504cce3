"""Affine maps of the last axis, and the random keys of a network."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp


def affine(layer: eqx.nn.Linear, x: jax.Array) -> jax.Array:
    """W x + b for the last axis of x f[..., in]: f[..., out]."""
    y = x @ layer.weight.T
    return y if layer.bias is None else y + jnp.broadcast_to(layer.bias, y.shape)


def keys(seed: Sequence[int], count: int) -> jax.Array:
    """`count` random keys. `seed` are the seed of the whole program, an integer, and the place of the network in it."""
    program, place = seed
    return jax.random.split(jax.random.fold_in(jax.random.key(program), place), count)
