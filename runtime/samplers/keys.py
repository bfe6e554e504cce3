"""JAX keys whose numbers are those of `counter.py`, for compiled programs that draw: they fuse with what uses them.

A key is a u64 origin. Its children are hashed from it by the finaliser of MurmurHash3 (Appleby 2011), 64 bits, so that
they are not among the numbers under it, which are SplitMix64's.
"""

from __future__ import annotations

from math import prod
from typing import Any

import jax
import jax.extend.random
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from pushforward.runtime.samplers.counter import stream, words

_ODD = 0xD1342543DE82EF95


def child(origin: Array, number: Array) -> Array:
    """The origin of a child, one for each u64 number."""
    z = origin ^ ((number + np.uint64(1)) * np.uint64(_ODD))
    z = (z ^ (z >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    z = (z ^ (z >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return z ^ (z >> np.uint64(33))


def _origin(key: Array) -> Array:
    return stream((key[0], key[1]))


def _key(origin: Array) -> Array:
    parts = (origin >> np.uint64(32)).astype(jnp.uint32), origin.astype(jnp.uint32)
    return jnp.stack(parts, axis=-1)


def _seed(seed: Array) -> Array:
    return _key(child(jnp.zeros((), jnp.uint64), seed.astype(jnp.uint64)))


def _split(key: Array, shape: tuple[int, ...]) -> Array:
    number = lax.iota(jnp.uint64, prod(shape)) + np.uint64(1 << 32)
    return _key(child(_origin(key), number)).reshape(*shape, 2)


def _fold_in(key: Array, number: Any) -> Array:
    return _key(child(_origin(key), jnp.asarray(number).astype(jnp.uint64)))


def _bits(key: Array, width: int, shape: tuple[int, ...]) -> Array:
    found = words(_origin(key), lax.iota(jnp.uint64, max(prod(shape), 1)))[: prod(shape)].reshape(shape)
    return (found >> np.uint64(64 - width)).astype(jnp.dtype(f"uint{width}"))


_IMPLEMENTATION: Any = jax.extend.random.define_prng_impl(
    key_shape=(2,), seed=_seed, split=_split, random_bits=_bits, fold_in=_fold_in, name="pushforward_counter", tag="pf"
)


def key_of(origin: Array, number: int) -> Any:
    """The JAX key that is a child of an origin."""
    return jax.random.wrap_key_data(_key(child(origin, jnp.full((), number, jnp.uint64))), impl=_IMPLEMENTATION)
