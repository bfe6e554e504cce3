"""A low-rank inverse by Nystroem's method (Hataya and Yamada 2023, "Nystroem method for accurate and scalable implicit
differentiation").

    A ~ Y (W'Y)^+ Y' = U L U',   Y = A W,   W [n, k]
    (A + damping I)^-1 ~ U (L + damping)^-1 U' + (I - U U') / damping

Two things differ from the paper: W is Gaussian where theirs picks columns of A, so that the axes do not matter; and
the inverse, which is Woodbury's, is taken in the eigenvectors U, which is stable in float32 (Frangella, Tropp and
Udell 2023, "Randomized Nystroem preconditioning", algorithm 2.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from pushforward.runtime.linear.solve import Matvec, need_symmetric, rounding


@dataclass(frozen=True)
class Nystrom:
    """For symmetric positive semidefinite matrices: `k` products at once, n k memory, no iteration. The bias is that of
    `damping`, and that of the eigenvalues behind the k largest.
    """

    k: int = 10
    damping: float = 0.01

    def solve(self, matvec: Matvec, b: jax.Array, symmetric: bool) -> jax.Array:
        """About x with matvec(x) = b."""
        need_symmetric("nystrom", symmetric)
        vectors, values = self._eigen(matvec, b)
        part = vectors.T @ b
        return vectors @ (part / (values + self.damping)) + (b - vectors @ part) / self.damping

    def _eigen(self, matvec: Matvec, b: jax.Array) -> tuple[jax.Array, jax.Array]:
        """U [n, k] and L [k], by algorithm 2.1 of Frangella et al."""
        gaussian = jax.random.normal(jax.random.key(0), (b.size, min(self.k, b.size)), b.dtype)
        test, _ = jnp.linalg.qr(gaussian)
        sketch = jax.vmap(matvec, in_axes=1, out_axes=1)(test)
        # a shift of the size of rounding, taken off again below, so that Cholesky's factor exists
        shift = 4 * rounding(b) * jnp.linalg.norm(sketch)
        sketch = sketch + shift * test
        core = test.T @ sketch
        factor = jnp.linalg.cholesky((core + core.T) / 2)
        root = jax.scipy.linalg.solve_triangular(factor, sketch.T, lower=True).T
        vectors, singular, _ = jnp.linalg.svd(root, full_matrices=False)
        return vectors, jnp.maximum(singular**2 - shift, 0.0)
