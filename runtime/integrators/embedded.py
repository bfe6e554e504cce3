"""Explicit pairs of Runge-Kutta methods, whose coefficients and interpolants are taken from Diffrax (Kidger 2021)."""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.adaptive import Step
from pushforward.runtime.integrators.tableau import Tableau, explicit, from_diffrax, weighted
from pushforward.runtime.integrators.trajectory import Field


class Pair(Enum):
    """The name of a class of Diffrax. In each the last stage is the field at the end of the step."""

    TSIT5 = "Tsit5"
    DOPRI5 = "Dopri5"
    DOPRI8 = "Dopri8"


@cache
def _method(pair: Pair) -> tuple[Tableau, Any]:
    # imported where it is used, so that programs without `integrate` do not wait for it
    import diffrax

    method = getattr(diffrax, pair.value)
    return from_diffrax(method.tableau), method.interpolation_cls


def embedded_step(
    pair: Pair, field: Field, t0: Any, t1: Any, y: jax.Array, args: Any, slope: jax.Array | None
) -> Step:
    """One step from t0 to t1."""
    tableau, _ = _method(pair)
    assert tableau.e is not None
    end, stages = explicit(tableau, field, t0, t1, y, args, slope)
    h = t1 - t0
    return Step(end, h * weighted(tableau.e, stages), stages[-1], (y, end, h * jnp.stack(stages)))


def interpolated(pair: Pair, t0: Any, t1: Any, dense: Any, t: Any) -> jax.Array:
    """The state at t."""
    _, interpolant = _method(pair)
    y0, y1, k = dense
    found: jax.Array = interpolant(t0=t0, t1=t1, y0=y0, y1=y1, k=k).evaluate(t)
    return found
