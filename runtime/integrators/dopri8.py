"""The method of order 8 of Prince and Dormand with an error estimate of order 7 (1981). The coefficients are those of
Diffrax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax

from pushforward.runtime.integrators.adaptive import Adaptive, Step
from pushforward.runtime.integrators.embedded import Pair, embedded_step, interpolated
from pushforward.runtime.integrators.trajectory import Field


@dataclass(frozen=True)
class Dopri8(Adaptive):
    """The local error of a step is at most atol + rtol |x|; at most `steps` steps are tried, none shorter than
    `dtmin`."""

    rtol: float = 1e-6
    atol: float = 1e-6
    steps: int = 4096
    dtmin: float = 0.0
    order = 8

    def step(
        self, field: Field, t0: Any, t1: Any, y: jax.Array, args: Any, slope: jax.Array | None = None
    ) -> Step:
        """One step."""
        return embedded_step(Pair.DOPRI8, field, t0, t1, y, args, slope)

    def interpolate(self, t0: Any, t1: Any, dense: Any, t: Any) -> jax.Array:
        """The interpolant of the method."""
        return interpolated(Pair.DOPRI8, t0, t1, dense, t)
