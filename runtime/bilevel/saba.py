"""SABA: SOBA with the variance of its directions reduced as in SAGA (Dagreou, Ablin, Vaiter and Moreau 2022, section 3;
Defazio, Bach and Lacoste-Julien 2014).

The rows fall into blocks. For each block what it last gave is kept: dg/dz, d2g/dzdz v and d2g/dxdz v below, df/dx and
df/dz above. A step looks at one block of each level,

    estimate = new - kept + mean of what is kept

and so the variance goes to 0 at a solution: fixed lengths converge linearly where the problem is strongly convex.
Memory: a vector for each block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.bilevel.problem import Bilevel, Point
from pushforward.runtime.bilevel.sampling import block, blocks
from pushforward.runtime.bilevel.stepping import inner_length, moved, started
from pushforward.runtime.solvers.iterate import State
from pushforward.runtime.solvers.unsuitable import Unsuitable


class Table(NamedTuple):
    """What each block last gave, [blocks, ...], and the mean over blocks."""

    kept: Any
    mean: Any


class Memory(NamedTuple):
    """How many steps were taken, the key of what comes, r, and a table for each level."""

    n: jax.Array
    key: jax.Array
    length: jax.Array
    below: Table
    above: Table


@dataclass(frozen=True)
class Saba:
    """`step_size` is that of x; `inner_step` that of z and v, of which 0 means half of one over the curvature below."""

    step_size: float = 0.1
    inner_step: float = 0.0
    tol: float = 1e-6
    steps: int = 20000
    seed: int = 0

    def init(self, problem: Bilevel, z: jax.Array, args: Any) -> State:
        """The state at the start: every block is looked at once."""
        if not problem.stochastic:
            raise Unsuitable("saba keeps a gradient for each batch, and nothing here is a batch: take soba")
        at = problem.point(z)
        length = inner_length(problem, at, args, self.inner_step)
        low, high = (blocks(problem.batches, r, "saba") for r in (problem.lower_reads, problem.upper_reads))
        below = _table(lambda b: self._below(problem, at, args, b), low)
        above = _table(lambda b: self._above(problem, at, args, b), high)
        memory = Memory(jnp.asarray(0), jax.random.PRNGKey(self.seed), length, below, above)
        return started(problem, at, args, memory)

    def _below(self, problem: Bilevel, at: Point, args: Any, number: jax.Array) -> Any:
        return problem.lower_products(at, args, block(problem.batches, problem.lower_reads, number))

    def _above(self, problem: Bilevel, at: Point, args: Any, number: jax.Array) -> Any:
        return problem.upper_gradients(at, args, block(problem.batches, problem.upper_reads, number))

    def step(self, problem: Bilevel, now: State, args: Any) -> State:
        """One step."""
        n, key, r, below, above = now.memory
        key, low, high = jax.random.split(key, 3)
        at = problem.point(now.z)
        i = jax.random.randint(low, (), 0, below.kept[0].shape[0])
        j = jax.random.randint(high, (), 0, above.kept[0].shape[0])
        (mixed, gradient, curved), below = _corrected(below, i, self._below(problem, at, args, i))
        (over, beside), above = _corrected(above, j, self._above(problem, at, args, j))
        ahead = Point(
            at.x - self.step_size * (over + mixed), at.z - r * gradient, at.v - r * (curved + beside)
        )  # fmt: skip
        return moved(problem, ahead, args, now, Memory(n + 1, key, r, below, above), self.steps)


def _table(look: Any, count: int) -> Table:
    kept = jax.lax.map(look, jnp.arange(count))
    return Table(kept, jax.tree.map(lambda k: jnp.mean(k, axis=0), kept))


def _corrected(table: Table, number: jax.Array, new: Any) -> tuple[Any, Table]:
    """The estimate, and the table with what is new in it."""
    change = jax.tree.map(lambda k, x: x - k[number], table.kept, new)
    estimate = jax.tree.map(lambda m, c: m + c, table.mean, change)
    kept = jax.tree.map(lambda k, x: k.at[number].set(x), table.kept, new)
    count = table.kept[0].shape[0]
    return estimate, Table(kept, jax.tree.map(lambda m, c: m + c / count, table.mean, change))
