"""Loops below a step: descent of the lower loss, the linear system by descent, and its solution by a Neumann series.
Each pass looks at batches of its own."""

from __future__ import annotations

from typing import Any

import jax

from pushforward.runtime.bilevel.problem import Bilevel
from pushforward.runtime.bilevel.sampling import draw


def descended(
    problem: Bilevel, x: jax.Array, z: jax.Array, args: Any, key: jax.Array, length: jax.Array | float, count: int
) -> jax.Array:
    """z after `count` gradient steps of the lower loss."""
    def once(z: jax.Array, mine: jax.Array) -> tuple[jax.Array, None]:
        return z - length * problem.lower_gradient(x, z, args, draw(problem.batches, mine)), None

    found: jax.Array = jax.lax.scan(once, z, jax.random.split(key, count))[0]
    return found


def solved(
    problem: Bilevel, x: jax.Array, z: jax.Array, v: jax.Array, right: jax.Array, args: Any, key: jax.Array,
    length: jax.Array | float, count: int,
) -> jax.Array:  # fmt: skip
    """v after `count` steps towards (d2g/dzdz) v + right = 0."""
    def once(v: jax.Array, mine: jax.Array) -> tuple[jax.Array, None]:
        return v - length * (problem.curvature(x, z, v, args, draw(problem.batches, mine)) + right), None

    found: jax.Array = jax.lax.scan(once, v, jax.random.split(key, count))[0]
    return found


def series(
    problem: Bilevel, x: jax.Array, z: jax.Array, right: jax.Array, args: Any, key: jax.Array,
    length: jax.Array | float, count: int,
) -> jax.Array:  # fmt: skip
    """-length times the first `count` terms of the series of (I - length d2g/dzdz)^q right."""
    def once(carry: tuple[jax.Array, jax.Array], mine: jax.Array) -> tuple[tuple[jax.Array, jax.Array], None]:
        term, total = carry
        rows = draw(problem.batches, mine)
        return (term - length * problem.curvature(x, z, term, args, rows), total + term), None

    (_, total), _ = jax.lax.scan(once, (right, right * 0), jax.random.split(key, count))
    found: jax.Array = -length * total
    return found
