"""Heun's method, of order 2: the trapezium rule with a predictor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax

from pushforward.runtime.integrators.fixed import Fixed
from pushforward.runtime.integrators.tableau import Tableau, explicit
from pushforward.runtime.integrators.trajectory import Field

_TABLEAU = Tableau(((), (1.0,)), (0.5, 0.5), (0.0, 1.0))


@dataclass(frozen=True)
class Heun(Fixed):
    """Steps are at most `dt` long; there are at most `steps`."""

    dt: float = 0.01
    steps: int = 16384

    def advance(self, field: Field, t0: Any, t1: Any, state: jax.Array, args: Any) -> jax.Array:
        """One step."""
        return explicit(_TABLEAU, field, t0, t1, state, args)[0]
