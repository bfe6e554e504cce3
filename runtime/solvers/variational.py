"""What the methods for saddles share: a saddle is a z with 0 in F(z) + dg(z), F its field and g what its `prox`
belongs to.

F is monotone if the payoff is convex in what minimises and concave in what maximises.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.problem import Saddle
from pushforward.runtime.solvers.solution import Status


def resolved(problem: Saddle, point: jax.Array, step: jax.Array | float, args: Any) -> jax.Array:
    """prox(point); the point itself if the problem has none."""
    return point if problem.prox is None else problem.prox(point, step, args)


def state(problem: Saddle, z: jax.Array, field: jax.Array, args: Any, memory: Any) -> State:
    """A state at z, where the field is known: nothing else is computed for the condition but a prox."""
    condition = field if problem.prox is None else z - resolved(problem, z - field, 1.0, args)
    return State(z, size(condition), jnp.asarray(Status.CONVERGED, jnp.int32), memory)


def length(vector: jax.Array) -> jax.Array:
    """Euclidean, for decisions: it has no derivative."""
    return jax.lax.stop_gradient(jnp.sqrt(jnp.sum(jax.lax.stop_gradient(vector) ** 2)))


def shortened(t: jax.Array, share: float, move: jax.Array, change: jax.Array) -> jax.Array:
    """t, halved until t |change of F| <= share |move|. A power of two times t, so that derivatives may hold it
    fixed."""
    allowed, needed = share * length(move), t * length(change)
    usable = (needed > allowed) & (allowed > 0) & jnp.isfinite(needed)
    ratio = jnp.where(usable, allowed / jnp.where(usable, needed, 1.0), 1.0)
    return t * jax.lax.stop_gradient(jnp.exp2(jnp.floor(jnp.log2(ratio))))


def short_enough(problem: Saddle, z: jax.Array, field: jax.Array, t: jax.Array, share: float, args: Any) -> jax.Array:
    """The first of t, t / 2, ... with t |F(y) - F(z)| <= share |y - z|, y = prox(z - t F(z)). It has no derivative."""
    z, field, t, args = jax.lax.stop_gradient((z, field, t, args))

    def long(carry: tuple[jax.Array, jax.Array]) -> jax.Array:
        t, n = carry
        ahead = resolved(problem, z - t * field, t, args)
        return ~(t * length(problem.field(ahead, args) - field) <= share * length(ahead - z)) & (n < 60)

    t, _ = jax.lax.while_loop(long, lambda carry: (carry[0] / 2, carry[1] + 1), (t, jnp.zeros((), jnp.int32)))
    return jax.lax.stop_gradient(t)
