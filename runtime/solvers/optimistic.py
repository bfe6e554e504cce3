"""Optimistic gradient descent and ascent (Daskalakis et al. 2018); with a prox, the forward-reflected-backward method
of Malitsky and Tam 2020.

    z <- prox(z - t F(z) - t before (F(z) - F(z before)))

It converges for a convex-concave payoff if t < 1 / (2 L), L the Lipschitz constant of F. t begins at `step_size`, is
halved, for good, until t |F(z) - F(z before)| <= 0.4 |z - z before|.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State
from pushforward.runtime.solvers.problem import Saddle
from pushforward.runtime.solvers.variational import resolved, short_enough, shortened, state

SHARE = 0.4


class Memory(NamedTuple):
    """The field at z; t before times its last change; and t."""

    field: jax.Array
    correction: jax.Array
    t: jax.Array


@dataclass(frozen=True)
class Optimistic:
    """A step is one field."""

    tol: float = 1e-8
    steps: int = 20000
    step_size: float = 1.0

    def init(self, problem: Saddle, z: jax.Array, args: Any) -> State:
        """The state at the start: nothing has changed yet."""
        field = problem.field(z, args)
        t = short_enough(problem, z, field, jnp.full((), self.step_size, z.dtype), SHARE, args)
        return state(problem, z, field, args, Memory(field, jnp.zeros_like(z), t))

    def step(self, problem: Saddle, now: State, args: Any) -> State:
        """One step."""
        field, correction, t = now.memory
        z = resolved(problem, now.z - t * field - correction, t, args)
        following = problem.field(z, args)
        t = shortened(t, SHARE, z - now.z, following - field)
        return state(problem, z, following, args, Memory(following, t * (following - field), t))
