"""Conjugate gradients on the normal equations, A'A x = A'b (Hestenes and Stiefel 1952, section 10)."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax.scipy.sparse.linalg import cg

from pushforward.runtime.linear.solve import Matvec, answered, reachable


@dataclass(frozen=True)
class NormalCG:
    """For any matrix; its condition number counts twice. Ends at |A'(A x - b)| <= tol |A'b|."""

    tol: float = 1e-10
    steps: int = 1000

    def solve(self, matvec: Matvec, b: jax.Array, symmetric: bool) -> jax.Array:
        """x with matvec(x) = b."""
        transpose = jax.linear_transpose(matvec, b)

        def normal(v: jax.Array) -> jax.Array:
            (product,) = transpose(matvec(v))
            return jnp.asarray(product)

        (right,) = transpose(b)
        x, _ = cg(  # type: ignore[no-untyped-call]
            normal, right, tol=reachable(self.tol, b), maxiter=self.steps
        )
        return answered(matvec, x, b, self.tol)
