"""F2SA: first derivatives only (Kwon, Kwon, Wright and Nowak 2023, "A fully first-order method for stochastic bilevel
optimization", algorithm 1).

    minimise over x and y   f(x, y) + l (g(x, y) - min_z g(x, z)),   l growing

    z <- z - r dg/dz(x, z),   y <- y - (r / (l + 1)) (df/dy + l dg/dy)(x, y),   `inner_steps` times
    x <- x - s (df/dx(x, y) + l (dg/dx(x, y) - dg/dx(x, z)))

What it converges to for a fixed l lacks O(1/l); here l = `penalty` (n + 1)^`growth`. l (y - z) is what others call v.
The residual, which knows second derivatives, is of the condition of the bilevel problem itself: it shows what lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.bilevel.problem import Bilevel, Point
from pushforward.runtime.bilevel.sampling import Rows, draw
from pushforward.runtime.bilevel.stepping import decayed, inner_length, moved, started
from pushforward.runtime.solvers.iterate import State


class Memory(NamedTuple):
    """How many steps were taken, the key of what comes, r, and y."""

    n: jax.Array
    key: jax.Array
    length: jax.Array
    y: jax.Array


@dataclass(frozen=True)
class F2SA:
    """`step_size` is s; `inner_step` is r, of which 0 means half of one over the curvature below."""

    step_size: float = 0.1
    inner_step: float = 0.0
    inner_steps: int = 5
    penalty: float = 10.0
    growth: float = 0.5
    decay: float = 0.0
    tol: float = 1e-3
    steps: int = 20000
    seed: int = 0

    def init(self, problem: Bilevel, z: jax.Array, args: Any) -> State:
        """The state at the start."""
        at = problem.point(z)
        length = inner_length(problem, at, args, self.inner_step)
        return started(problem, at, args, Memory(jnp.asarray(0), jax.random.PRNGKey(self.seed), length, at.z))

    def step(self, problem: Bilevel, now: State, args: Any) -> State:
        """One step above."""
        n, key, length, y = now.memory
        key, low, over = jax.random.split(key, 3)
        at = problem.point(now.z)
        x = at.x
        s, r = decayed(self.step_size, n, self.decay), decayed(length, n, self.decay)
        weight = self.penalty * (n + 1.0) ** self.growth

        def above(x: jax.Array, y: jax.Array, rows: Rows) -> jax.Array:
            """The penalised loss over l: of the curvature of the lower one, whatever l is."""
            found: jax.Array = problem.upper(x, y, rows, args) / weight + problem.lower(x, y, rows, args)
            return found

        def once(carry: tuple[jax.Array, jax.Array], mine: jax.Array) -> tuple[tuple[jax.Array, jax.Array], None]:
            z, y = carry
            rows = draw(problem.batches, mine)
            ahead = y - r * weight / (weight + 1.0) * jax.grad(above, 1)(x, y, rows)
            return (z - r * problem.lower_gradient(x, z, args, rows), ahead), None

        (z, y), _ = jax.lax.scan(once, (at.z, y), jax.random.split(low, self.inner_steps))
        rows = draw(problem.batches, over)
        # the difference of the lower loss from one batch, so that its noise does not grow with l
        along = weight * (jax.grad(above)(x, y, rows) - jax.grad(problem.lower)(x, z, rows, args))
        ahead = Point(x - s * along, z, weight * (y - z))
        return moved(problem, ahead, args, now, Memory(n + 1, key, length, y), self.steps)
