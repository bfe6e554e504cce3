"""Counter-based random numbers that fuse: Threefry-2x32 for keys, SplitMix64 for the numbers under a key.

A number is a pure function of (key, counter), which is what makes draws independent of block sizes, threads,
cores and restarts. Keys come from the cipher JAX uses (Salmon, Moraes, Dror and Shaw 2011, "Parallel random
numbers: as easy as 1, 2, 3", 20 rounds) and `fold_in` agrees with `jax.random.fold_in` bit for bit. JAX
lowers its own to a loop on CPUs, to save compile time; in a loop that runs once a gradient that would cost
more than the gradient of a small model. Under a key, the numbers are SplitMix64 (Steele, Lea and Flood 2014,
"Fast splittable pseudorandom number generators") at chosen counters: eight instructions each.
"""

from __future__ import annotations

from typing import TypeAlias

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

Words: TypeAlias = tuple[Array, Array]

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_GOLDEN = 0x9E3779B97F4A7C15


def threefry(key: Words, counter: Words) -> Words:
    """Two uint32 words from a key of two words and a counter of two words (any common shape of counters)."""
    keys = (key[0], key[1], key[0] ^ key[1] ^ np.uint32(_PARITY))
    x, y = counter[0] + keys[0], counter[1] + keys[1]
    for injection in range(5):
        for rotation in _ROTATIONS[injection % 2]:
            x = x + y
            y = (y << np.uint32(rotation)) | (y >> np.uint32(32 - rotation))
            y = x ^ y
        x = x + keys[(injection + 1) % 3]
        y = y + (keys[(injection + 2) % 3] + np.uint32(injection + 1))
    return x, y


def fold_in(key: Words, number: Array) -> Words:
    """The key of the `number`-th child of a key, the same as `jax.random.fold_in`."""
    return threefry(key, (jnp.zeros_like(number), number))


def stream(key: Words) -> Array:
    """The u64[] origin of the numbers under a key."""
    return (key[0].astype(jnp.uint64) << np.uint64(32)) | key[1].astype(jnp.uint64)


def words(origin: Array, counter: Array) -> Array:
    """u64 words, one for each u64 counter."""
    z = origin + counter * np.uint64(_GOLDEN)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniforms(origin: Array, counter: Array) -> Array:
    """f64 strictly inside (0, 1), on a grid of 2^-52, one for each u64 counter."""
    return ((words(origin, counter) >> np.uint64(12)).astype(jnp.float64) + 0.5) * 2.0**-52


def normals(uniform: Array) -> Array:
    """Standard normals from uniforms, by inversion."""
    return lax.erf_inv(2.0 * uniform - 1.0) * jnp.sqrt(2.0)


def host_key(seed: int, number: int) -> tuple[int, int]:
    """The words of `fold_in(key(seed), number)`, computed in numpy."""
    word = [np.asarray([w & 0xFFFFFFFF], np.uint32) for w in (seed >> 32, seed, 0, number)]
    x, y = threefry((word[0], word[1]), (word[2], word[3]))  # type: ignore[arg-type]
    return int(x[0]), int(y[0])
