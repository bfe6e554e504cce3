"""Broyden's method, for equations and fixed points (Broyden 1965, his first; Nocedal and Wright 2006, section 11.1).

    z <- z + t d,   d = -B F,   B <- B + (s - B y) s'B / s'B y,   s = t d,  y = change of F

B is the inverse of the Jacobian at the start, and again wherever d makes no progress in |F|^2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.line_search import search
from pushforward.runtime.solvers.problem import FixedPoint, Root
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """F at z, B, and how many steps B has served; 0: it is to be made."""

    value: jax.Array
    inverse: jax.Array
    age: jax.Array


@dataclass(frozen=True)
class Broyden:
    """A step is n^2 time, one or a few values of F; now and then a Jacobian and n^3. `halvings` bounds the line
    search."""

    tol: float = 1e-8
    steps: int = 200
    halvings: int = 10

    def init(self, problem: Root | FixedPoint, z: jax.Array, args: Any) -> State:
        """The state at the start; B is made by the first step."""
        value = problem.optimality(z, args)
        memory = Memory(value, jnp.eye(z.size, dtype=z.dtype), jnp.zeros((), jnp.int32))
        return State(z, size(value), jnp.asarray(Status.CONVERGED, jnp.int32), memory)

    def step(self, problem: Root | FixedPoint, now: State, args: Any) -> State:
        """One step; or none, and the next one makes B anew."""
        value, inverse, age = now.memory
        inverse = jax.lax.cond(
            age == 0, lambda: jnp.linalg.inv(jax.jacfwd(problem.optimality)(now.z, args)), lambda: inverse
        )
        direction = -inverse @ value
        usable = jnp.all(jnp.isfinite(direction))
        direction = jnp.where(usable, direction, jnp.zeros_like(direction))

        def merit(z: jax.Array, args: Any) -> jax.Array:
            return 0.5 * jnp.sum(problem.optimality(z, args) ** 2)

        t, good = search(merit, now.z, direction, args, trials=self.halvings)
        good = good & usable
        z = now.z + t * direction
        following = problem.optimality(z, args)
        inverse = jnp.where(usable, _updated(inverse, z - now.z, following - value), jnp.eye(z.size, dtype=z.dtype))
        status = jnp.where(usable, Status.STALLED, Status.SINGULAR)
        status = jnp.where(good | (age > 0), Status.CONVERGED, status).astype(jnp.int32)
        return State(z, size(following), status, Memory(following, inverse, jnp.where(good, age + 1, 0)))


def _updated(inverse: jax.Array, s: jax.Array, y: jax.Array) -> jax.Array:
    image = inverse @ y
    bottom = s @ image
    usable = jnp.abs(bottom) > unit(s) * (s @ s)
    return inverse + jnp.where(usable, jnp.outer(s - image, s @ inverse) / jnp.where(usable, bottom, 1.0), 0.0)
