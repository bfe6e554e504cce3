"""What the methods have in common: lengths of steps, and when it is looked whether the problem is solved.

The residual costs a gradient of both losses in full, and so it is worked out every `EVERY` steps and after the last.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.bilevel.problem import Bilevel, Point
from pushforward.runtime.bilevel.sampling import Rows, draw
from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.solution import Status

EVERY = 20
#: Products with the Hessian of the lower level, for its largest eigenvalue.
POWERS = 30
#: Batches whose Hessians are looked at.
LOOKS = 8


def started(problem: Bilevel, at: Point, args: Any, memory: Any) -> State:
    """A state at the start. `memory` begins with the number of steps that were taken, an integer array."""
    w = jnp.concatenate(at)
    return State(w, size(problem.optimality(w, args)), jnp.asarray(Status.CONVERGED, jnp.int32), memory)


def moved(problem: Bilevel, at: Point, args: Any, now: State, memory: Any, steps: int) -> State:
    """The state after a step; `memory` begins with the number of steps, this one counted."""
    w = jnp.concatenate(at).astype(now.z.dtype)
    n = memory[0]
    due = (n % EVERY == 0) | (n >= steps)
    residual = jax.lax.cond(due, lambda: size(problem.optimality(w, args)), lambda: now.residual)
    return State(w, residual, now.status, memory)


def inner_length(problem: Bilevel, at: Point, args: Any, given: float) -> jax.Array:
    """The step below: what was said, or half of one over the largest eigenvalue of the lower level's Hessian at the
    start, by power iteration; with batches, the largest of some batches."""
    if given > 0:
        return jnp.asarray(given, at.z.dtype)
    first = jnp.ones_like(at.z) + 0.1 * jnp.cos(jnp.arange(at.z.size, dtype=at.z.dtype))

    def largest(rows: Rows) -> jax.Array:
        def power(v: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
            image = problem.curvature(at.x, at.z, v / (jnp.linalg.norm(v) + 1e-30), args, rows)
            return image, jnp.linalg.norm(image)

        found: jax.Array = jax.lax.scan(power, first, None, length=POWERS)[1][-1]
        return found

    curvature = largest(())
    if problem.stochastic:
        keys = jax.random.split(jax.random.PRNGKey(0), LOOKS)
        curvature = jnp.max(jax.lax.map(lambda k: largest(draw(problem.batches, k)), keys), initial=curvature)
    return jax.lax.stop_gradient(0.5 / jnp.maximum(curvature, 1e-30))


def decayed(length: jax.Array | float, n: jax.Array, decay: float) -> jax.Array | float:
    """length / (n + 1)^decay."""
    return length if decay == 0 else length * (n + 1.0) ** -decay
