"""A fixed point of a map, or equations as one: z - F(z), which is nearer to the root if F is monotone and its slope
below 2."""

from __future__ import annotations

from typing import Any

import jax

from pushforward.runtime.solvers.problem import FixedPoint, Root


def displacement(problem: Root | FixedPoint, z: jax.Array, args: Any) -> jax.Array:
    """map(z) - z; of equations -F(z)."""
    value = problem.optimality(z, args)
    return value if isinstance(problem, FixedPoint) else -value
