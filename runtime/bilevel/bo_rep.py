"""BO-REP: steps of a length that does not follow the gradient's, along a momentum, with the lower level refined at the
start and updated only now and then (Hao, Gong and Liu 2024, "Bilevel optimization under unbounded smoothness: a new
algorithm and convergence analysis").

    at the start    z by `refine` steps below
    every `period`  z by `inner_steps` steps below, kept within `radius` of where they began
    m <- momentum m + (1 - momentum) (df/dx + d2g/dxdz v),   v by a Neumann series of `series` terms
    x <- x - s m / |m|

For upper losses whose curvature grows with their gradient, as those of recurrent networks do. The steps do not become
shorter by themselves: it comes within s of the solution, and `decay` lets s fall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.bilevel.inner import descended, series
from pushforward.runtime.bilevel.problem import Bilevel, Point
from pushforward.runtime.bilevel.sampling import draw
from pushforward.runtime.bilevel.stepping import decayed, inner_length, moved, started
from pushforward.runtime.solvers.iterate import State


class Memory(NamedTuple):
    """How many steps were taken, the key of what comes, the step below, and m."""

    n: jax.Array
    key: jax.Array
    length: jax.Array
    momentum: jax.Array


@dataclass(frozen=True)
class BORep:
    """`step_size` is s; `inner_step` is that below, of which 0 means half of one over the curvature there."""

    step_size: float = 0.1
    inner_step: float = 0.0
    momentum: float = 0.9
    period: int = 2
    inner_steps: int = 5
    refine: int = 100
    radius: float = 1.0
    series: int = 20
    decay: float = 0.5
    tol: float = 1e-2
    steps: int = 5000
    seed: int = 0

    def init(self, problem: Bilevel, z: jax.Array, args: Any) -> State:
        """The state at the start, the lower level refined."""
        at = problem.point(z)
        length = inner_length(problem, at, args, self.inner_step)
        key, low = jax.random.split(jax.random.PRNGKey(self.seed))
        at = at._replace(z=descended(problem, at.x, at.z, args, low, length, self.refine))
        return started(problem, at, args, Memory(jnp.asarray(0), key, length, jnp.zeros_like(at.x)))

    def step(self, problem: Bilevel, now: State, args: Any) -> State:
        """One step above."""
        n, key, r, m = now.memory
        key, low, over, inverse = jax.random.split(key, 4)
        at = problem.point(now.z)

        def updated() -> jax.Array:
            far = descended(problem, at.x, at.z, args, low, r, self.inner_steps) - at.z
            length = jnp.sqrt(far @ far + 1e-30)
            return at.z + far * jnp.minimum(1.0, self.radius / length)

        z = jax.lax.cond(n % self.period == 0, updated, lambda: at.z)
        rows = draw(problem.batches, over)
        above, beside = problem.upper_gradients(at._replace(z=z), args, rows)
        v = series(problem, at.x, z, beside, args, inverse, r, self.series)
        mixed, _, _ = problem.lower_products(Point(at.x, z, v), args, rows)
        m = jnp.where(n == 0, 1.0, 1 - self.momentum) * (above + mixed) + self.momentum * m
        length = jnp.sqrt(m @ m + 1e-30)
        x = at.x - decayed(self.step_size, n, self.decay) * m / length
        return moved(problem, Point(x, z, v), args, now, Memory(n + 1, key, r, m), self.steps)
