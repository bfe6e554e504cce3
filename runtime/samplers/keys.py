"""JAX keys whose numbers are those of `counter.py`, for compiled programs that draw: they fuse with what uses them."""

from __future__ import annotations

from math import prod
from typing import Any

import jax
import jax.extend.random
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from pushforward.runtime.samplers.counter import Words, stream, threefry, words


def _seed(seed: Array) -> Array:
    return jnp.stack([jnp.zeros((), jnp.uint32), seed.astype(jnp.uint32)])


def _split(key: Array, shape: tuple[int, ...]) -> Array:
    number = lax.iota(jnp.uint32, prod(shape))
    x, y = threefry((key[0], key[1]), (jnp.ones_like(number), number))
    return jnp.stack([x, y], axis=-1).reshape(*shape, 2)


def _fold_in(key: Array, number: Array) -> Array:
    x, y = threefry((key[0], key[1]), (jnp.zeros((), jnp.uint32), number.astype(jnp.uint32)))
    return jnp.stack([x, y])


def _bits(key: Array, width: int, shape: tuple[int, ...]) -> Array:
    found = words(stream((key[0], key[1])), lax.iota(jnp.uint64, max(prod(shape), 1))).reshape(-1)
    found = found[: prod(shape)].reshape(shape)
    return (found >> np.uint64(64 - width)).astype(jnp.dtype(f"uint{width}"))


_IMPLEMENTATION: Any = jax.extend.random.define_prng_impl(
    key_shape=(2,), seed=_seed, split=_split, random_bits=_bits, fold_in=_fold_in, name="pushforward_counter", tag="pf"
)


def key_of(key: Words) -> Any:
    """The JAX key of two words."""
    return jax.random.wrap_key_data(jnp.stack(key), impl=_IMPLEMENTATION)
