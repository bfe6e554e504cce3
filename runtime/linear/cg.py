"""Conjugate gradients (Hestenes and Stiefel 1952)."""

from __future__ import annotations

from dataclasses import dataclass

import jax
from jax.scipy.sparse.linalg import cg

from pushforward.runtime.linear.solve import Matvec, answered, need_symmetric, reachable


@dataclass(frozen=True)
class CG:
    """For symmetric positive definite matrices; semidefinite ones if b is in their range.

    It ends at |matvec(x) - b| <= tol |b|.
    """

    tol: float = 1e-10
    steps: int = 1000

    def solve(self, matvec: Matvec, b: jax.Array, symmetric: bool) -> jax.Array:
        """x with matvec(x) = b."""
        need_symmetric("cg", symmetric)
        x, _ = cg(  # type: ignore[no-untyped-call]
            matvec, b, tol=reachable(self.tol, b), maxiter=self.steps
        )
        return answered(matvec, x, b, self.tol)
