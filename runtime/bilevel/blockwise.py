"""Blockwise variance reduction, for many lower levels of which a batch is looked at in each step (Hu, Qiu, Guo, Zhang
and Yang 2023, "Blockwise stochastic variance-reduced methods with parallel speedup for multi-block bilevel
optimization", version 2; the estimator of a block is MSVR of Jiang et al. 2022, that above STORM of Cutkosky and
Orabona 2019).

With h_i a direction of block i, of the step's batches at the point now and at the last one,

    e_i <- (1 - a) e_i + a h_i(now) + c (h_i(now) - h_i(last))   for the b of m blocks that are looked at,
    c = (m - b) / (b (1 - a)) + 1 - a

and z_i, v_i move along their e_i; the others stay. x moves along d <- h(now) + (1 - a) (d - h(last)). Lower levels
that are not blocks count as one block that is always looked at.
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
    """How many steps were taken, the key of what comes, the step below, the last point, and the estimates."""

    n: jax.Array
    key: jax.Array
    length: jax.Array
    last: Point
    estimate: Point


@dataclass(frozen=True)
class Blockwise:
    """`step_size` is that of x; `inner_step` that of z and v, of which 0 means half of one over the curvature below;
    `forget` is a."""

    step_size: float = 0.1
    inner_step: float = 0.0
    forget: float = 0.1
    decay: float = 0.0
    tol: float = 1e-6
    steps: int = 20000
    seed: int = 0

    def init(self, problem: Bilevel, z: jax.Array, args: Any) -> State:
        """The state at the start: the estimates are of the losses in full."""
        at = problem.point(z)
        length = inner_length(problem, at, args, self.inner_step)
        memory = Memory(
            jnp.asarray(0), jax.random.PRNGKey(self.seed), length, at, problem.directions(at, args)
        )  # fmt: skip
        return started(problem, at, args, memory)

    def step(self, problem: Bilevel, now: State, args: Any) -> State:
        """One step."""
        n, key, length, last, e = now.memory
        key, mine = jax.random.split(key)
        at = problem.point(now.z)
        rows = draw(problem.batches, mine)
        seen, share = _seen(problem, rows, at.z)
        new, old = problem.directions(at, args, rows), problem.directions(last, args, rows)
        a = self.forget
        c = (1 / share - 1) / (1 - a) + 1 - a

        def block(e: jax.Array, new: jax.Array, old: jax.Array) -> jax.Array:
            """What a batch gives of a block is 1 / share times that of the whole."""
            return jnp.where(seen, (1 - a) * e + share * (a * new + c * (new - old)), e)

        along = Point(new.x + (1 - a) * (e.x - old.x), block(e.z, new.z, old.z), block(e.v, new.v, old.v))
        s, r = decayed(self.step_size, n, self.decay), decayed(length, n, self.decay)
        ahead = Point(
            at.x - s * along.x, jnp.where(seen, at.z - r * along.z, at.z), jnp.where(seen, at.v - r * along.v, at.v)
        )  # fmt: skip
        return moved(problem, ahead, args, now, Memory(n + 1, key, length, at, along), self.steps)


def _seen(problem: Bilevel, rows: Rows, z: jax.Array) -> tuple[jax.Array, jax.Array]:
    """For each entry of z whether its block is looked at, and which share of the blocks is."""
    seen, share = jnp.ones(z.shape, bool), jnp.ones_like(z)
    for group in problem.groups:
        batch = problem.batches[group.batch]
        mine = jnp.zeros(batch.whole, bool).at[rows[group.batch]].set(True)
        places = slice(group.start, group.start + batch.whole * group.count)
        seen = seen.at[places].set(jnp.repeat(mine, group.count))
        share = share.at[places].set(batch.size / batch.whole)
    return seen, share
