"""Halpern's iteration, which is drawn to an anchor ever less (Halpern 1967).

    z <- anchor / (k + 2) + (1 - 1 / (k + 2)) T(z),   k = 0, 1, ...

If T does not expand distances and has a fixed point z*, then |T(z) - z| <= 2 |anchor - z*| / (k + 1) after k steps
(Lieder 2021, "On the convergence rate of the Halpern-iteration"), also where Picard's iteration goes round in
circles. The anchor is the start; with `restart` = c > 0 it is moved to where |T(z) - z| is c times what it was at the
anchor, which makes the rate linear if that quantity grows at least in proportion to the distance from the fixed
points. Equations F = 0 are the map z - F(z).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.maps import displacement
from pushforward.runtime.solvers.problem import FixedPoint, Root
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """T(z) - z, the anchor, the residual there, and k."""

    move: jax.Array
    anchor: jax.Array
    residual: jax.Array
    k: jax.Array


@dataclass(frozen=True)
class Halpern:
    """A step is one value of the map."""

    tol: float = 1e-8
    steps: int = 10000
    restart: float = 0.2

    def init(self, problem: Root | FixedPoint, z: jax.Array, args: Any) -> State:
        """The state at the start, which is the anchor."""
        move = displacement(problem, z, args)
        memory = Memory(move, z, size(move), jnp.zeros((), jnp.int32))
        return State(z, size(move), jnp.asarray(Status.CONVERGED, jnp.int32), memory)

    def step(self, problem: Root | FixedPoint, now: State, args: Any) -> State:
        """One step."""
        move, anchor, first, k = now.memory
        share = 1 / (k.astype(now.z.dtype) + 2)
        z = share * anchor + (1 - share) * (now.z + move)
        move = displacement(problem, z, args)
        residual = size(move)
        moved = residual <= self.restart * first
        memory = Memory(
            move, jnp.where(moved, z, anchor), jnp.where(moved, residual, first), jnp.where(moved, 0, k + 1)
        )
        return State(z, residual, jnp.asarray(Status.CONVERGED, jnp.int32), memory)
