"""No derivative: the states are constants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.trajectory import Field, Integrator, Trajectory


@dataclass(frozen=True)
class Stop:
    """No settings."""

    def tangent(
        self, field: Field, integrator: Integrator, start: jax.Array, times: jax.Array, args: Any, dstart: jax.Array,
        dtheta: jax.Array,
    ) -> tuple[Trajectory, jax.Array]:  # fmt: skip
        """The trajectory, and zeros."""
        trajectory = integrator.run(field, start, times, args)
        return trajectory, jnp.zeros_like(trajectory.states)
