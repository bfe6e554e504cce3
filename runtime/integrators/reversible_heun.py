"""The reversible method of Heun (Kidger, Foster, Li and Lyons 2021, "Efficient and accurate gradients for neural
SDEs"), of order 2.

    z1 = 2 y0 - z0 + h f(t0, z0),   y1 = y0 + h (f(t0, z0) + f(t1, z1)) / 2,   z = y at the start

The step back has the same form, so that the rule `reversible` needs no record. It is stable for real decay only where
the step is short.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.fixed import Fixed
from pushforward.runtime.integrators.trajectory import Field


@dataclass(frozen=True)
class ReversibleHeun(Fixed):
    """Steps are at most `dt` long; there are at most `steps`."""

    dt: float = 0.01
    steps: int = 16384

    def lift(self, start: jax.Array) -> jax.Array:
        """(y, z)."""
        return jnp.concatenate([start, start])

    def advance(self, field: Field, t0: Any, t1: Any, state: jax.Array, args: Any) -> jax.Array:
        """One step."""
        y, z = jnp.split(state, 2)
        h = t1 - t0
        before = field(t0, z, args)
        z1 = 2 * y - z + h * before
        return jnp.concatenate([y + h / 2 * (before + field(t1, z1, args)), z1])

    def retreat(self, field: Field, t0: Any, t1: Any, state: jax.Array, args: Any) -> jax.Array:
        """The state at t0 of which `state` at t1 is the step."""
        return self.advance(field, t1, t0, state, args)
