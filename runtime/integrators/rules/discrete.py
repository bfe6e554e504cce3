"""The derivative of what is computed: of each step that was taken, with its size held constant.

The steps are recorded, (steps + 1) n numbers, and gone through again: one step more for each, whatever the direction.
It is exact for
the discretised solution, up to rounding, and hence consistent with its value (Hager 2000; Onken and Ruthotto 2020,
"Discretize-optimize vs. optimize-discretize").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax

from pushforward.runtime.integrators import sweep
from pushforward.runtime.integrators.rules.linear_map import linear_map
from pushforward.runtime.integrators.trajectory import Field, Integrator, Trajectory


@dataclass(frozen=True)
class Discrete:
    """No settings."""

    def tangent(
        self, field: Field, integrator: Integrator, start: jax.Array, times: jax.Array, args: Any, dstart: jax.Array,
        dtheta: jax.Array,
    ) -> tuple[Trajectory, jax.Array]:  # fmt: skip
        """The trajectory, and the tangent of its states."""
        trajectory, record = integrator.record(field, start, times, args)
        states: jax.Array = linear_map(
            lambda x: sweep.forward(field, integrator, record, times, args, *x),
            lambda w: sweep.backward(field, integrator, record, times, args, w),
            (dstart, dtheta),
        )
        return trajectory, states
