"""AmIGO: some steps below and some on the linear system, both from where they last were (Arbel and Mairal 2022,
"Amortized implicit differentiation for stochastic bilevel optimization", algorithm 1).

    z <- z - r dg/dz, `inner_steps` times
    v <- v - r (d2g/dzdz v + df/dz), `linear_steps` times
    x <- x - s (df/dx + d2g/dxdz v)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.bilevel.inner import descended, solved
from pushforward.runtime.bilevel.problem import Bilevel, Point
from pushforward.runtime.bilevel.sampling import draw
from pushforward.runtime.bilevel.soba import Memory
from pushforward.runtime.bilevel.stepping import decayed, inner_length, moved, started
from pushforward.runtime.solvers.iterate import State


@dataclass(frozen=True)
class Amigo:
    """`step_size` is s; `inner_step` is r, of which 0 means half of one over the curvature below."""

    step_size: float = 0.1
    inner_step: float = 0.0
    inner_steps: int = 5
    linear_steps: int = 5
    decay: float = 0.0
    tol: float = 1e-6
    steps: int = 5000
    seed: int = 0

    def init(self, problem: Bilevel, z: jax.Array, args: Any) -> State:
        """The state at the start."""
        at = problem.point(z)
        length = inner_length(problem, at, args, self.inner_step)
        return started(problem, at, args, Memory(jnp.asarray(0), jax.random.PRNGKey(self.seed), length))

    def step(self, problem: Bilevel, now: State, args: Any) -> State:
        """One step above."""
        n, key, r = now.memory
        key, low, over, linear = jax.random.split(key, 4)
        at = problem.point(now.z)
        z = descended(problem, at.x, at.z, args, low, r, self.inner_steps)
        rows = draw(problem.batches, over)
        above, beside = problem.upper_gradients(at._replace(z=z), args, rows)
        v = solved(problem, at.x, z, at.v, beside, args, linear, r, self.linear_steps)
        mixed, _, _ = problem.lower_products(Point(at.x, z, v), args, rows)
        x = at.x - decayed(self.step_size, n, self.decay) * (above + mixed)
        return moved(problem, Point(x, z, v), args, now, Memory(n + 1, key, r), self.steps)
