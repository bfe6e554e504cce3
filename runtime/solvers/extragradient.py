"""The extragradient method (Korpelevich 1976), with the step of Khobotov (1987) and Marcotte (1991).

    y = prox(z - t F(z)),   z <- prox(z - t F(y)),   F(z) = (gradient of what minimises, -gradient of what maximises)

It converges for a convex-concave payoff if t < 1 / (Lipschitz constant of F). With `search`, t is halved until t
|F(y) - F(z)| <= 0.9 |y - z| and doubled where it is at most a third of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State
from pushforward.runtime.solvers.problem import Saddle
from pushforward.runtime.solvers.variational import length, resolved, short_enough, state

SHARE = 0.9


class Memory(NamedTuple):
    """The field at z, and t."""

    field: jax.Array
    t: jax.Array


@dataclass(frozen=True)
class Extragradient:
    """A step is two fields, with `search` three or more. `step_size` is t at first."""

    tol: float = 1e-8
    steps: int = 10000
    step_size: float = 1.0
    search: bool = True

    def init(self, problem: Saddle, z: jax.Array, args: Any) -> State:
        """The state at the start."""
        field = problem.field(z, args)
        return state(problem, z, field, args, Memory(field, jnp.full((), self.step_size, z.dtype)))

    def step(self, problem: Saddle, now: State, args: Any) -> State:
        """One step."""
        field, t = now.memory
        if self.search:
            t = short_enough(problem, now.z, field, t, SHARE, args)
        ahead = resolved(problem, now.z - t * field, t, args)
        there = problem.field(ahead, args)
        z = resolved(problem, now.z - t * there, t, args)
        easy = 3 * t * length(there - field) <= SHARE * length(ahead - now.z)
        following = problem.field(z, args)
        return state(problem, z, following, args, Memory(following, jnp.where(easy & self.search, 2 * t, t)))
