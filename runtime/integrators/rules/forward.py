"""Forward sensitivities: the derivative in each number of the start and of what the field depends on is carried along,
and a
derivative in reverse is a product with them.

(n + p) n numbers for each time, and n + p directions at each step: the fastest in reverse where there are few of them,
and the
slowest where there are many. The sizes of the steps are constants, as for `discrete`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.trajectory import Field, Integrator, Trajectory


@dataclass(frozen=True)
class Forward:
    """No settings."""

    def tangent(
        self, field: Field, integrator: Integrator, start: jax.Array, times: jax.Array, args: Any, dstart: jax.Array,
        dtheta: jax.Array,
    ) -> tuple[Trajectory, jax.Array]:  # fmt: skip
        """The trajectory, and the tangent of its states."""
        theta, others = args
        size = start.size

        def solved(x: jax.Array) -> tuple[jax.Array, Trajectory]:
            trajectory = integrator.run(field, x[:size], times, (x[size:], others))
            return trajectory.states, trajectory

        x = jnp.concatenate([start, theta])
        jacobian, trajectory = jax.jacfwd(solved, has_aux=True)(x)
        return trajectory, jacobian @ jnp.concatenate([dstart, dtheta])
