"""A linear system whose solution can be differentiated, forward and in reverse, any number of times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import jax

Matvec: TypeAlias = Callable[[jax.Array], jax.Array]


class LinearSolver(Protocol):
    """See the package. Frozen, hashable."""

    def solve(self, matvec: Matvec, b: jax.Array, symmetric: bool) -> jax.Array: ...


def linear_solve(linear: LinearSolver, matvec: Matvec, b: jax.Array, symmetric: bool) -> jax.Array:
    """x with matvec(x) = b, for b [n]. Its derivative is that of the exact solution, computed with the same solver."""
    def solve(operator: Matvec, right: jax.Array) -> jax.Array:
        return linear.solve(operator, right, symmetric)

    found: jax.Array = jax.lax.custom_linear_solve(matvec, b, solve, transpose_solve=solve, symmetric=symmetric)
    return found
