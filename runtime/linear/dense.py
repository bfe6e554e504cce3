"""The matrix is made, column by column, and factorised."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from pushforward.runtime.linear.solve import Matvec, answered, need_symmetric, rounding
from pushforward.runtime.solvers.unsuitable import Unsuitable


def matrix_of(matvec: Matvec, b: jax.Array) -> jax.Array:
    """The matrix [n, n] of a linear map of vectors such as b [n]."""
    matrix: jax.Array = jax.vmap(matvec, out_axes=1)(jnp.eye(b.size, dtype=b.dtype))
    return matrix


@dataclass(frozen=True)
class Dense:
    """`method`: "lu", "cholesky" (the matrix is symmetric and positive definite) or "qr". n^2 memory, n^3 time."""

    method: str = "lu"

    def solve(self, matvec: Matvec, b: jax.Array, symmetric: bool) -> jax.Array:
        """x with matvec(x) = b."""
        matrix = matrix_of(matvec, b)
        match self.method:
            case "lu":
                x = jnp.linalg.solve(matrix, b)
            case "cholesky":
                need_symmetric('dense("cholesky")', symmetric)
                x = jax.scipy.linalg.cho_solve((jnp.linalg.cholesky(matrix), True), b)
            case "qr":
                q, r = jnp.linalg.qr(matrix)
                x = jax.scipy.linalg.solve_triangular(r, q.T @ b)
            case other:
                raise Unsuitable(f'dense knows the methods "lu", "cholesky" and "qr", not "{other}"')
        return answered(lambda v: matrix @ v, x, b, rounding(b))
