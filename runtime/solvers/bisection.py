"""Bisection, for one equation in one unknown, or a fixed point.

    the half of [a, b] at whose ends F differs in sign, until |F| is small

With `lower` < `upper` they are a and b. Else the bracket is found: z - w, z + w for w = `width`, 2 `width`, 4
`width`, ... A solution that the bracket shrinks to without F becoming small (a pole, a jump) has STALLED. A step has
no derivative in the arguments: use `@ implicit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.problem import FixedPoint, Root
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """The ends of the bracket and the sign of F at the lower one."""

    low: jax.Array
    high: jax.Array
    sign: jax.Array


@dataclass(frozen=True)
class Bisection:
    """A step is one value of F. `doublings` bounds the search for a bracket."""

    tol: float = 1e-8
    steps: int = 200
    lower: float = 0.0
    upper: float = 0.0
    width: float = 1.0
    doublings: int = 60

    def init(self, problem: Root | FixedPoint, z: jax.Array, args: Any) -> State:
        """The state in the middle of the bracket; INFEASIBLE if there is none."""
        if z.size != 1:
            raise ValueError(f"bisection solves one equation in one unknown; there are {z.size} unknowns")
        given = self.lower < self.upper
        low, high = (jnp.full_like(z, self.lower), jnp.full_like(z, self.upper)) if given else (z, z)

        def sign(at: jax.Array) -> jax.Array:
            return jnp.sign(problem.optimality(at, args))[0]

        def ends(n: jax.Array) -> tuple[jax.Array, jax.Array]:
            reach = self.width * jnp.exp2(n.astype(z.dtype))
            return (low, high) if given else (z - reach, z + reach)

        def unbracketed(n: jax.Array) -> jax.Array:
            low, high = ends(n)
            return (sign(low) * sign(high) > 0) & (n < self.doublings)

        zero = jnp.zeros((), jnp.int32)
        n = zero if given else jax.lax.while_loop(unbracketed, lambda n: n + 1, zero)
        low, high = ends(n)
        bracketed = sign(low) * sign(high) <= 0
        middle = jnp.where(sign(low) == 0, low, jnp.where(sign(high) == 0, high, (low + high) / 2))
        residual = size(problem.optimality(middle, args))
        status = jnp.where(bracketed, Status.CONVERGED, Status.INFEASIBLE).astype(jnp.int32)
        return State(middle, residual, status, Memory(low, high, sign(low)))

    def step(self, problem: Root | FixedPoint, now: State, args: Any) -> State:
        """Half of the bracket."""
        low, high, sign = now.memory
        left = jnp.sign(problem.optimality(now.z, args))[0] == sign
        low, high = jnp.where(left, now.z, low), jnp.where(left, high, now.z)
        middle = low + (high - low) / 2
        shrunk = (middle == low) | (middle == high)
        status = jnp.where(jnp.all(shrunk), Status.STALLED, Status.CONVERGED).astype(jnp.int32)
        return State(middle, size(problem.optimality(middle, args)), status, Memory(low, high, sign))
