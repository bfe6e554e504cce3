"""stocBiO: some steps below, then the derivative by a Neumann series (Ji, Yang and Liang 2021, "Bilevel optimization:
convergence analysis and enhanced design", algorithm 2).

    z <- z - r dg/dz, `inner_steps` times, from the last z
    v = -r sum_{q < series} (I - r H)^q df/dz,   H = d2g/dzdz
    x <- x - s (df/dx + d2g/dxdz v)

Each step and each factor of the series looks at a batch of its own. v lacks the part (1 - r m)^series, m the least
eigenvalue of H: a short series is a bias that no number of steps removes, and the residual shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.bilevel.inner import descended, series
from pushforward.runtime.bilevel.problem import Bilevel, Point
from pushforward.runtime.bilevel.sampling import draw
from pushforward.runtime.bilevel.soba import Memory
from pushforward.runtime.bilevel.stepping import decayed, inner_length, moved, started
from pushforward.runtime.solvers.iterate import State


@dataclass(frozen=True)
class StocBio:
    """`step_size` is s; `inner_step` is r, of which 0 means half of one over the curvature below."""

    step_size: float = 0.1
    inner_step: float = 0.0
    inner_steps: int = 10
    series: int = 20
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
        key, low, over, inverse = jax.random.split(key, 4)
        at = problem.point(now.z)
        z = descended(problem, at.x, at.z, args, low, r, self.inner_steps)
        rows = draw(problem.batches, over)
        above, beside = problem.upper_gradients(at._replace(z=z), args, rows)
        v = series(problem, at.x, z, beside, args, inverse, r, self.series)
        mixed, _, _ = problem.lower_products(Point(at.x, z, v), args, rows)
        x = at.x - decayed(self.step_size, n, self.decay) * (above + mixed)
        return moved(problem, Point(x, z, v), args, now, Memory(n + 1, key, r), self.steps)
