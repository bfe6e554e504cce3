"""The stabilised biconjugate gradient method (van der Vorst 1992)."""

from __future__ import annotations

from dataclasses import dataclass

import jax
from jax.scipy.sparse.linalg import bicgstab

from pushforward.runtime.linear.solve import Matvec, answered, reachable


@dataclass(frozen=True)
class BiCGStab:
    """For any matrix, in little memory; it may break down, above all on matrices that are nearly skew. Ends at
    |matvec(x) - b| <= tol |b|.
    """

    tol: float = 1e-10
    steps: int = 1000

    def solve(self, matvec: Matvec, b: jax.Array, symmetric: bool) -> jax.Array:
        """x with matvec(x) = b."""
        x, _ = bicgstab(  # type: ignore[no-untyped-call]
            matvec, b, tol=reachable(self.tol, b), maxiter=self.steps
        )
        return answered(matvec, x, b, self.tol)
