"""The iteration of Picard, damped (Krasnoselskii 1955, Mann 1953).

    z <- z + a (T(z) - z)

A map that contracts distances by q < 1 has one fixed point, and for a = 1 the error falls by q a step. A map that
does not expand them may go round in circles with a = 1; with a < 1 it converges, if there is a fixed point. Equations
F = 0 are the map z - F(z).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.maps import displacement
from pushforward.runtime.solvers.problem import FixedPoint, Root
from pushforward.runtime.solvers.solution import Status


@dataclass(frozen=True)
class Picard:
    """A step is one value of the map. `damping` is a."""

    tol: float = 1e-8
    steps: int = 10000
    damping: float = 1.0

    def init(self, problem: Root | FixedPoint, z: jax.Array, args: Any) -> State:
        """The state at the start; it remembers T(z) - z."""
        move = displacement(problem, z, args)
        return State(z, size(move), jnp.asarray(Status.CONVERGED, jnp.int32), move)

    def step(self, problem: Root | FixedPoint, now: State, args: Any) -> State:
        """One step."""
        z = now.z + self.damping * now.memory
        move = displacement(problem, z, args)
        return State(z, size(move), jnp.asarray(Status.CONVERGED, jnp.int32), move)
