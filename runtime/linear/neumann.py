"""A few terms of the Neumann series (Lorraine, Vicol and Duvenaud 2020, "Optimizing millions of hyperparameters by
implicit differentiation").

    x = step sum_{j < k} (I - step A)^j b

It is the derivative of the last k steps of gradient descent with that step, and it tends to A^-1 b,
with the error |I - step A|^k, where all eigenvalues of I - step A are smaller than 1. The estimated step is for real
eigenvalues of one sign: where they are complex, as those of a saddle or of equations, give a smaller one.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from pushforward.runtime.linear.solve import Matvec

#: of the power method
_ITERATIONS = 30


@dataclass(frozen=True)
class Neumann:
    """`k` terms, k - 1 products. `step` 0 stands for 1 / (the largest eigenvalue of A), by 30 products more."""

    k: int = 10
    step: float = 0.0

    def solve(self, matvec: Matvec, b: jax.Array, symmetric: bool) -> jax.Array:
        """About x with matvec(x) = b."""
        step = jnp.asarray(self.step, b.dtype) if self.step != 0.0 else 1 / _largest_eigenvalue(matvec, b)

        def term(carry: tuple[jax.Array, jax.Array], _: None) -> tuple[tuple[jax.Array, jax.Array], None]:
            total, power = carry
            power = power - step * matvec(power)
            return (total + power, power), None

        (total, _), _ = jax.lax.scan(term, (b, b), None, length=self.k - 1)
        return step * total


def _largest_eigenvalue(matvec: Matvec, b: jax.Array) -> jax.Array:
    """With its sign, by the power method from a fixed start; an estimate."""
    start = jax.random.normal(jax.random.key(0), b.shape, b.dtype)

    def product(v: jax.Array, _: None) -> tuple[jax.Array, None]:
        w = matvec(v)
        return w / jnp.linalg.norm(w), None

    v, _ = jax.lax.scan(product, start / jnp.linalg.norm(start), None, length=_ITERATIONS - 1)
    w = matvec(v)
    size: jax.Array = jnp.linalg.norm(w)
    return jnp.sign(v @ w) * size
