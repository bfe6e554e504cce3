"""What a rule for `integrate` is."""

from __future__ import annotations

from typing import Any, Protocol

import jax

from pushforward.runtime.integrators.trajectory import Field, Integrator, Trajectory


class IntegralRule(Protocol):
    """See the package. Frozen, hashable. `args` is (theta [p], others); `dtheta` [p]."""

    def tangent(
        self, field: Field, integrator: Integrator, start: jax.Array, times: jax.Array, args: Any, dstart: jax.Array,
        dtheta: jax.Array,
    ) -> tuple[Trajectory, jax.Array]: ...  # fmt: skip
