"""Conjugate gradients for a loss that need not be quadratic (Nocedal and Wright 2006, section 5.2).

    z <- z + t d,   d <- -g + beta d

beta by `method`, with y the change of the gradient:

    "polak_ribiere"   max(0, g'y / |g before|^2)
    "hager_zhang"     (y - 2 d y'y / d'y)' g / d'y, at least -1 / (|d| min(0.01, |g|))   (Hager and Zhang 2005)

The first t that is tried is the one that would be exact for a quadratic loss, -g'd / d'H d, so that for such a loss the
method is Hestenes and Stiefel's (1952). It restarts from -g where d is no direction of descent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.line_search import Found, exact, power_of_two, search
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.solution import Status

METHODS = ("polak_ribiere", "hager_zhang")


class Memory(NamedTuple):
    """The gradient at z, the direction to go, and whether that is -g."""

    gradient: jax.Array
    direction: jax.Array
    fresh: jax.Array


@dataclass(frozen=True)
class NonlinearCG:
    """A step is one gradient, one product with the Hessian, and one or a few values of the loss with its slope. It
    stores three vectors."""

    tol: float = 1e-8
    steps: int = 2000
    method: str = "polak_ribiere"

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}; it is {self.method!r}")

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """The state at the start."""
        gradient = problem.optimality(z, args)
        memory = Memory(gradient, -gradient, jnp.ones((), bool))
        return State(z, size(gradient), jnp.asarray(Status.CONVERGED, jnp.int32), memory)

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One step."""
        before, direction, fresh = now.memory
        t, good = self._length(problem, now, args)
        z = now.z + t * direction
        gradient = problem.optimality(z, args)
        following = -gradient + _beta(self.method, gradient, before, direction) * direction
        conjugate = good & (following @ gradient < 0)
        following = jnp.where(conjugate, following, -gradient)
        status = jnp.where(good | ~fresh, Status.CONVERGED, Status.STALLED).astype(jnp.int32)
        return State(z, size(gradient), status, Memory(gradient, following, ~conjugate))

    def _length(self, problem: Minimise, now: State, args: Any) -> Found:
        """How far to go: first to where the loss would be least if it were quadratic."""
        gradient, direction, _ = now.memory
        guess = exact(problem, now.z, gradient, direction, args)
        if problem.quadratic:
            return guess
        first = jnp.where(guess.t > 0, guess.t, power_of_two(1 / jnp.maximum(1.0, size(gradient))))
        found = search(problem.objective, now.z, first * direction, args, curvature=0.1)
        return Found(found.t * first, found.good)


def _beta(method: str, gradient: jax.Array, before: jax.Array, direction: jax.Array) -> jax.Array:
    y = gradient - before

    def ratio(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.where(b > 0, a / jnp.where(b > 0, b, 1.0), 0.0)

    match method:
        case "polak_ribiere":
            return jnp.maximum(ratio(gradient @ y, before @ before), 0.0)
        case _:
            along = direction @ y
            beta = ratio((y - 2 * ratio(y @ y, along) * direction) @ gradient, along)
            smaller = jnp.minimum(1e-4, before @ before)  # squares, for a root has no derivative at 0
            product = (direction @ direction) * smaller
            return jnp.where(product > 0, jnp.maximum(beta, -jax.lax.rsqrt(jnp.where(product > 0, product, 1.0))), beta)
