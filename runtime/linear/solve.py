"""A linear system whose solution can be differentiated, forward and in reverse, any number of times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.unsuitable import Unsuitable

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


def rounding(b: jax.Array) -> float:
    """The unit in the last place of 1, in b's type."""
    return float(jnp.finfo(b.dtype).eps)  # type: ignore[no-untyped-call]


def reachable(tol: float, b: jax.Array) -> float:
    """The tolerance, or 4 units in the last place of b's type where it asks for more than that."""
    return max(tol, 4 * rounding(b))


def answered(matvec: Matvec, x: jax.Array, b: jax.Array, tol: float) -> jax.Array:
    """x, or NaN where not even half of the digits that `tol` asks for were found: |matvec(x) - b| > sqrt(tol) |b|. So a
    singular system, or one that used up its steps, gives no derivative instead of a wrong one.
    """
    error = jnp.linalg.norm(matvec(x) - b)
    return jnp.where(error <= reachable(tol, b) ** 0.5 * jnp.linalg.norm(b), x, jnp.nan)


def need_symmetric(name: str, symmetric: bool) -> None:
    """Refuse a matrix that is not symmetric."""
    if not symmetric:
        raise Unsuitable(
            f"{name} needs a symmetric matrix: the derivative of the gradient of a smooth loss without constraints. "
            "Take dense, normal_cg, gmres or bicgstab"
        )
