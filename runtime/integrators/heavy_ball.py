"""The method of Euler with momentum, of order 1: steps go along an average of the fields that were met.

    m = (1 - beta) m + beta f(t, y),   w = (1 - beta) w + beta,   y = y + h m / w,   m = w = 0 at the start

With beta = 1 it is Euler's method. Where the field has stiff parts that a long step would make oscillate, the average
damps them (Wizadwongsa, Chinchuthakun, Khungurn, Raj and Suwajanakorn 2024, "Diffusion sampling with momentum for
mitigating divergence artifacts", section 4.1; the weight w makes the average right from the first step).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.fixed import Fixed
from pushforward.runtime.integrators.trajectory import Field


@dataclass(frozen=True)
class HeavyBall(Fixed):
    """Steps are at most `dt` long; there are at most `steps`."""

    dt: float = 0.01
    beta: float = 0.8
    steps: int = 16384

    def lift(self, start: jax.Array) -> jax.Array:
        """(y, m, w)."""
        return jnp.concatenate([start, jnp.zeros_like(start), jnp.zeros_like(start)])

    def advance(self, field: Field, t0: Any, t1: Any, state: jax.Array, args: Any) -> jax.Array:
        """One step."""
        y, m, w = jnp.split(state, 3)
        m = (1 - self.beta) * m + self.beta * field(t0, y, args)
        w = (1 - self.beta) * w + self.beta
        return jnp.concatenate([y + (t1 - t0) * m / w, m, w])
