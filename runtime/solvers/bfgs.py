"""The method of Broyden, Fletcher, Goldfarb and Shanno (Nocedal and Wright 2006, algorithm 6.1).

    z <- z + t d,   d = -B g,   B <- (I - r s y') B (I - r y s') + r s s',   s = t d,  y = change of g,  r = 1 / s'y

B is the identity times s'y / y'y after the first step (their equation 6.20). Steps satisfy Wolfe's conditions; where
none does, B starts afresh.
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
    """The gradient at z, B, and whether B has seen no step yet."""

    gradient: jax.Array
    inverse: jax.Array
    fresh: jax.Array


@dataclass(frozen=True)
class BFGS:
    """A step is one gradient, n^2 time, and one or a few values of the loss with its slope."""

    tol: float = 1e-8
    steps: int = 1000

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """The state at the start: B is the identity."""
        gradient = problem.optimality(z, args)
        memory = Memory(gradient, jnp.eye(z.size, dtype=z.dtype), jnp.ones((), bool))
        return State(z, size(gradient), jnp.asarray(Status.CONVERGED, jnp.int32), memory)

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One step."""
        gradient, inverse, fresh = now.memory
        direction = -inverse @ gradient
        direction = jnp.where(direction @ gradient < 0, direction, -gradient)
        first = jnp.where(fresh, power_of_two(1 / jnp.maximum(1.0, size(gradient))), 1.0)
        t, good = minimising(problem, now.z, gradient, direction, args, first, 0.9)
        z = now.z + t * direction
        following = problem.optimality(z, args)
        updated, learnt = _updated(inverse, fresh, z - now.z, following - gradient)
        inverse = jnp.where(good, updated, jnp.eye(z.size, dtype=z.dtype))
        status = jnp.where(good | ~fresh, Status.CONVERGED, Status.STALLED).astype(jnp.int32)
        return State(z, size(following), status, Memory(following, inverse, jnp.where(good, fresh & ~learnt, True)))


def _updated(inverse: jax.Array, fresh: jax.Array, s: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    """B after a step s over which the gradient changed by y, and whether it could be changed."""
    curved = s @ y > unit(s) * (y @ y)
    r = 1 / jnp.where(curved, s @ y, 1.0)
    identity = jnp.eye(s.size, dtype=s.dtype)
    scale = jnp.where(curved & fresh, (s @ y) / jnp.where(curved, y @ y, 1.0), 1.0)
    left = identity - r * jnp.outer(s, y)
    return jnp.where(curved, left @ (scale * inverse) @ left.T + r * jnp.outer(s, s), inverse), curved
