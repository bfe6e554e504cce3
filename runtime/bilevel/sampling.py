"""Batches: indices drawn anew at each step, or the fixed blocks of a table."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TypeAlias

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.unsuitable import Unsuitable

#: The indices of each batch of a problem; none at all for the losses in full.
Rows: TypeAlias = tuple[jax.Array, ...]


@dataclass(frozen=True)
class Batch:
    """`size` of `whole` indices."""

    whole: int
    size: int


def draw(batches: tuple[Batch, ...], key: jax.Array) -> Rows:
    """Indices of each batch, no one twice; () where there are no batches."""
    keys = jax.random.split(key, max(len(batches), 1))
    return tuple(jax.random.permutation(k, b.whole)[: b.size] for k, b in zip(keys, batches))


def blocks(batches: tuple[Batch, ...], reads: tuple[int, ...], method: str) -> int:
    """In how many blocks what is read falls apart."""
    uneven = next((batches[i] for i in reads if batches[i].whole % batches[i].size), None)
    if uneven is not None:
        raise Unsuitable(
            f"{method} keeps a gradient for each block of rows, and {uneven.whole} rows are not a number of blocks of "
            f"{uneven.size}: take a size that divides {uneven.whole}"
        )
    return prod(batches[i].whole // batches[i].size for i in reads)


def block(batches: tuple[Batch, ...], reads: tuple[int, ...], number: jax.Array) -> Rows:
    """The rows of a block, by its number; of what is not read the first ones."""
    found: list[jax.Array] = [jnp.arange(b.size) for b in batches]
    for i in reads:
        count = batches[i].whole // batches[i].size
        found[i] = found[i] + (number % count) * batches[i].size
        number = number // count
    return tuple(found)
