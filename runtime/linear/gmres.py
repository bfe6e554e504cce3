"""The generalised minimal residual method, restarted (Saad and Schultz 1986)."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax.scipy.sparse.linalg import gmres

from pushforward.runtime.linear.solve import Matvec, answered, reachable


@dataclass(frozen=True)
class GMRES:
    """For any matrix. Starts again after `restart` products; n * `restart` memory.
    Ends at |matvec(x) - b| <= tol |b|.
    """

    tol: float = 1e-10
    steps: int = 1000
    restart: int = 30

    def solve(self, matvec: Matvec, b: jax.Array, symmetric: bool) -> jax.Array:
        """x with matvec(x) = b."""
        cycle = min(self.restart, b.size)
        cycles = -(-self.steps // cycle)
        # at unit size: JAX's method takes vectors shorter than rounding for 0
        size = jnp.linalg.norm(b)
        size = jnp.where(size > 0, size, 1.0)
        x, _ = gmres(  # type: ignore[no-untyped-call]
            matvec, b / size, tol=reachable(self.tol, b), restart=cycle, maxiter=cycles, solve_method="incremental"
        )
        return answered(matvec, size * x, b, self.tol)
