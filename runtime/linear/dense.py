"""The matrix is made, column by column, and factorised."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from pushforward.runtime.linear.solve import Matvec


@dataclass(frozen=True)
class Dense:
    """`method`: "lu", "cholesky" (the matrix is symmetric and positive definite) or "qr". n^2 memory, n^3 time."""

    method: str = "lu"

    def solve(self, matvec: Matvec, b: jax.Array, symmetric: bool) -> jax.Array:
        """x with matvec(x) = b."""
        matrix = jax.vmap(matvec, out_axes=1)(jnp.eye(b.size, dtype=b.dtype))
        match self.method:
            case "cholesky":
                return jax.scipy.linalg.cho_solve((jnp.linalg.cholesky(matrix), True), b)
            case "qr":
                q, r = jnp.linalg.qr(matrix)
                return jax.scipy.linalg.solve_triangular(r, q.T @ b)
            case _:
                return jnp.linalg.solve(matrix, b)
