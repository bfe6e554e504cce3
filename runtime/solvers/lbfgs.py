"""BFGS with limited memory (Liu and Nocedal 1989; Nocedal and Wright 2006, algorithms 7.4 and 7.5).

    d = -B g   from the last `memory` pairs (s, y) by two loops, B = s'y / y'y before them

Steps satisfy Wolfe's conditions; where none does, the pairs are forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.line_search import minimising, power_of_two
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """The gradient at z; the pairs, [memory, n], the newest last; 1 / s'y of each [memory], 0 of a pair that is
    none."""

    gradient: jax.Array
    s: jax.Array
    y: jax.Array
    r: jax.Array


@dataclass(frozen=True)
class LBFGS:
    """A step is one gradient, `memory` * n time and space, and one or a few values of the loss with its slope."""

    tol: float = 1e-8
    steps: int = 1000
    memory: int = 10

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """The state at the start: no pairs."""
        gradient = problem.optimality(z, args)
        none = jnp.zeros((self.memory, z.size), z.dtype)
        memory = Memory(gradient, none, none, none[:, 0] if z.size else jnp.zeros(self.memory, z.dtype))
        return State(z, size(gradient), jnp.asarray(Status.CONVERGED, jnp.int32), memory)

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One step."""
        gradient, s, y, r = now.memory
        fresh = r[-1] == 0
        direction = -_product(now.memory)
        direction = jnp.where(direction @ gradient < 0, direction, -gradient)
        first = jnp.where(fresh, power_of_two(1 / jnp.maximum(1.0, size(gradient))), 1.0)
        t, good = minimising(problem, now.z, gradient, direction, args, first, 0.9)
        z = now.z + t * direction
        following = problem.optimality(z, args)
        s, y, r = _appended(s, y, r, z - now.z, following - gradient)
        status = jnp.where(good | ~fresh, Status.CONVERGED, Status.STALLED).astype(jnp.int32)
        return State(z, size(following), status, Memory(following, s, y, jnp.where(good, r, jnp.zeros_like(r))))


def _appended(
    s: jax.Array, y: jax.Array, r: jax.Array, step: jax.Array, change: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The pairs with a newer one, if the loss curves up along it."""
    curved = step @ change > unit(s) * (change @ change)

    def newer(pairs: jax.Array, pair: jax.Array) -> jax.Array:
        return jnp.where(curved, jnp.concatenate([pairs[1:], pair[None]]), pairs)

    return newer(s, step), newer(y, change), newer(r, 1 / jnp.where(curved, step @ change, 1.0))


def _product(memory: Memory) -> jax.Array:
    """B g. A pair that is none has r = 0 and changes nothing."""
    gradient, s, y, r = memory

    def back(q: jax.Array, pair: tuple[jax.Array, ...]) -> tuple[jax.Array, jax.Array]:
        s, y, r = pair
        a = r * (s @ q)
        return q - a * y, a

    def forth(q: jax.Array, pair: tuple[jax.Array, ...]) -> tuple[jax.Array, None]:
        s, y, r, a = pair
        return q + (a - r * (y @ q)) * s, None

    q, a = jax.lax.scan(back, gradient, (s, y, r), reverse=True)
    known = r[-1] > 0
    scale = jnp.where(known, (s[-1] @ y[-1]) / jnp.where(known, y[-1] @ y[-1], 1.0), 1.0)
    q, _ = jax.lax.scan(forth, scale * q, (s, y, r, a))
    return q
