"""Kvaerno's method of order 5 with an error estimate of order 4 for stiff equations (Kvaerno 2004): diagonally
implicit, L-stable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax

from pushforward.runtime.integrators.adaptive import Adaptive, Step
from pushforward.runtime.integrators.stiff import Method, implicit_step, interpolated
from pushforward.runtime.integrators.trajectory import Field


@dataclass(frozen=True)
class Kvaerno5(Adaptive):
    """The local error of a step is at most atol + rtol |x|; at most `steps` steps are tried, none shorter than `dtmin`.
    Dense: n^3 time a step."""

    rtol: float = 1e-6
    atol: float = 1e-6
    steps: int = 4096
    dtmin: float = 0.0
    order = 5

    def step(
        self, field: Field, t0: Any, t1: Any, y: jax.Array, args: Any, slope: jax.Array | None = None
    ) -> Step:
        """One step."""
        return implicit_step(Method.KVAERNO5, self.rtol, self.atol, field, t0, t1, y, args)

    def interpolate(self, t0: Any, t1: Any, dense: Any, t: Any) -> jax.Array:
        """The cubic through the ends of the step and the slopes there."""
        return interpolated(Method.KVAERNO5, t0, t1, dense, t)
