"""Gradient descent and ascent on two time scales (Lin, Jin and Jordan 2020).

    x <- prox(x - t dx f(x, y)),   y <- prox(y + r t dy f(x, y))

For a payoff strongly concave in y, with r t about 1 / (Lipschitz constant) and r at least the square of the condition
number in y; there it need not be convex in x. On a bilinear payoff it runs away: use extragradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State
from pushforward.runtime.solvers.problem import Saddle
from pushforward.runtime.solvers.variational import resolved, state


@dataclass(frozen=True)
class TwoTimescale:
    """A step is one field. `step_size` is t, `ratio` is r."""

    tol: float = 1e-8
    steps: int = 20000
    step_size: float = 0.05
    ratio: float = 10.0

    def init(self, problem: Saddle, z: jax.Array, args: Any) -> State:
        """The state at the start; it remembers the field."""
        field = problem.field(z, args)
        return state(problem, z, field, args, field)

    def step(self, problem: Saddle, now: State, args: Any) -> State:
        """One step. The prox acts on x and on y apart, each with the step of its own."""
        t, u, n = self.step_size, self.step_size * self.ratio, problem.split
        least = resolved(problem, now.z - t * now.memory, t, args)[:n]
        most = resolved(problem, now.z - u * now.memory, u, args)[n:]
        z = jnp.concatenate([least, most])
        field = problem.field(z, args)
        return state(problem, z, field, args, field)
