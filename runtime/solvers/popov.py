"""The extragradient method with one field a step (Popov 1980; "past extragradient", Gidel et al. 2019).

    y <- prox(z - t F(y before)),   z <- prox(z - t F(y))

It converges for a convex-concave payoff if t is below about 1 / (2 L), L the Lipschitz constant of F. t begins at
`step_size`, is halved, for good, until t |F(y) - F(y before)| <= 0.4 |y - y before|.
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
    """z, where the next step begins; the field at y; and t. The state's own point is y, whose field is known."""

    base: jax.Array
    field: jax.Array
    t: jax.Array


@dataclass(frozen=True)
class Popov:
    """A step is one field."""

    tol: float = 1e-8
    steps: int = 20000
    step_size: float = 1.0

    def init(self, problem: Saddle, z: jax.Array, args: Any) -> State:
        """The state at the start: y = z."""
        field = problem.field(z, args)
        t = short_enough(problem, z, field, jnp.full((), self.step_size, z.dtype), SHARE, args)
        return state(problem, z, field, args, Memory(z, field, t))

    def step(self, problem: Saddle, now: State, args: Any) -> State:
        """One step."""
        base, field, t = now.memory
        ahead = resolved(problem, base - t * field, t, args)
        following = problem.field(ahead, args)
        t = shortened(t, SHARE, ahead - now.z, following - field)
        base = resolved(problem, base - t * following, t, args)
        return state(problem, ahead, following, args, Memory(base, following, t))
