"""The quadratic bilevel problem, whose optimum has a closed form, in full and as a mean over rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pushforward.runtime.bilevel.problem import Bilevel
from pushforward.runtime.bilevel.sampling import Batch, Rows

Array = np.ndarray[Any, Any]
BELOW, ABOVE, ROWS = 6, 4, 24


@dataclass(frozen=True)
class Quadratic:
    """Lower 0.5 z'Az + x'Cz + a'z, upper 0.5 z'Fz + 0.5 x'Hx + x'Kz + f'z + h'x."""

    A: Array
    C: Array
    a: Array
    F: Array
    H: Array
    K: Array
    f: Array
    h: Array

    def hypergradient(self, x: Array, implicit: float = 1.0) -> Array:
        """With z = -A^-1 (C'x + a); `implicit` = 0 leaves out what the lower level does."""
        z = -np.linalg.solve(self.A, self.C.T @ x + self.a)
        beside = self.F @ z + self.K.T @ x + self.f
        above: Array = self.H @ x + self.K @ z + self.h
        return above - implicit * self.C @ np.linalg.solve(self.A, beside)

    def optimum(self, implicit: float = 1.0) -> Array:
        """The zero of the hypergradient, which is affine in x."""
        zero = self.hypergradient(np.zeros(ABOVE), implicit)
        matrix = np.stack([self.hypergradient(e, implicit) - zero for e in np.eye(ABOVE)], axis=1)
        return -np.linalg.solve(matrix, zero)

    def problem(self, batch: int = 0, blind: bool = False) -> Bilevel:
        """In full, or, with a `batch` of rows at each level, as a mean over rows whose linear and quadratic terms differ.
        A `blind` one hides from the derivative that the lower loss depends on x."""
        rng = np.random.default_rng(7)
        curves = rng.normal(size=(2, ROWS, BELOW))
        slopes = rng.normal(size=(2, ROWS, BELOW))
        curves, slopes = (e - e.mean(axis=1, keepdims=True) for e in (0.3 * curves, 0.5 * slopes))

        def spread(level: int, z: jax.Array, rows: Rows) -> jax.Array:
            if not rows:
                return jnp.zeros(())
            few = rows[level]
            return 0.5 * jnp.mean(jnp.asarray(curves)[level, few] @ z**2) + jnp.mean(jnp.asarray(slopes)[level, few] @ z)

        def lower(x: jax.Array, z: jax.Array, rows: Rows, args: Any) -> jax.Array:
            x = jax.lax.stop_gradient(x) if blind else x
            return 0.5 * z @ self.A @ z + x @ self.C @ z + self.a @ z + spread(0, z, rows)

        def upper(x: jax.Array, z: jax.Array, rows: Rows, args: Any) -> jax.Array:
            above = 0.5 * x @ self.H @ x + args @ x
            return above + 0.5 * z @ self.F @ z + x @ self.K @ z + self.f @ z + spread(1, z, rows)

        plain = Bilevel(upper, lower, ABOVE, BELOW)
        if not batch:
            return plain
        return replace(plain, batches=(Batch(ROWS, batch), Batch(ROWS, batch)), upper_reads=(1,), lower_reads=(0,))


def quadratic(seed: int = 0) -> Quadratic:
    """Random matrices; A, F and H are positive definite."""
    rng = np.random.default_rng(seed)

    def definite(k: int) -> Array:
        root = rng.normal(size=(k, k))
        made: Array = root @ root.T / k + np.eye(k)
        return made

    return Quadratic(
        A=definite(BELOW), C=rng.normal(size=(ABOVE, BELOW)) / 2, a=rng.normal(size=BELOW), F=definite(BELOW),
        H=definite(ABOVE), K=rng.normal(size=(ABOVE, BELOW)) / 4, f=rng.normal(size=BELOW), h=rng.normal(size=ABOVE),
    )  # fmt: skip
