"""SOBA: x, z and v each go one step along their direction of the condition, all at once (Dagreou, Ablin, Vaiter and
Moreau 2022, algorithm 1).

    x <- x - s (df/dx + d2g/dxdz v),   z <- z - r dg/dz,   v <- v - r (d2g/dzdz v + df/dz)

Each direction is estimated from the batches of the step. With batches and fixed lengths it comes within a distance of
the order of the lengths; with `decay` = 0.5 they fall as 1 over the root of the number of steps. Without batches it
converges linearly where the lower level and the whole are strongly convex.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.bilevel.problem import Bilevel, Point
from pushforward.runtime.bilevel.sampling import draw
from pushforward.runtime.bilevel.stepping import decayed, inner_length, moved, started
from pushforward.runtime.solvers.iterate import State


class Memory(NamedTuple):
    """How many steps were taken, the key of what comes, and r."""

    n: jax.Array
    key: jax.Array
    length: jax.Array


@dataclass(frozen=True)
class Soba:
    """`step_size` is s; `inner_step` is r, of which 0 means half of one over the curvature below."""

    step_size: float = 0.1
    inner_step: float = 0.0
    decay: float = 0.0
    tol: float = 1e-6
    steps: int = 20000
    seed: int = 0

    def init(self, problem: Bilevel, z: jax.Array, args: Any) -> State:
        """The state at the start."""
        at = problem.point(z)
        length = inner_length(problem, at, args, self.inner_step)
        return started(problem, at, args, Memory(jnp.asarray(0), jax.random.PRNGKey(self.seed), length))

    def step(self, problem: Bilevel, now: State, args: Any) -> State:
        """One step."""
        n, key, length = now.memory
        key, mine = jax.random.split(key)
        at = problem.point(now.z)
        along = problem.directions(at, args, draw(problem.batches, mine))
        s, r = decayed(self.step_size, n, self.decay), decayed(length, n, self.decay)
        ahead = Point(at.x - s * along.x, at.z - r * along.z, at.v - r * along.v)
        return moved(problem, ahead, args, now, Memory(n + 1, key, length), self.steps)
