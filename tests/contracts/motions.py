"""Equations with known solutions, on which integrators are tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp


@dataclass(frozen=True)
class Motion:
    """A field of (t, unknowns, args), and the states [T, ...] of each unknown as a function of (start, times, args)."""

    name: str
    field: Callable[[Any, Any, Any], Any]
    solution: Callable[[Any, Any, Any], Any]
    start: tuple[Any, ...]
    times: tuple[float, ...]
    args: tuple[Any, ...]


def _forced_field(t: Any, z: Any, a: Any) -> Any:
    return (a[0] * z[0] * jnp.cos(a[1] * t),)


def _forced(start: Any, ts: Any, a: Any) -> Any:
    return (start[0] * jnp.exp(a[0] / a[1] * (jnp.sin(a[1] * ts) - jnp.sin(a[1] * ts[0]))),)


def _oscillator_field(t: Any, z: Any, a: Any) -> Any:
    position, momentum = z
    return momentum, -(a[0] ** 2) * position


def _oscillator(start: Any, ts: Any, a: Any) -> Any:
    x, v = start
    angle = a[0] * (ts - ts[0])
    c, s = jnp.cos(angle)[:, None], jnp.sin(angle)[:, None]
    return x * c + v / a[0] * s, v * c - a[0] * x * s


#: growth whose rate varies with the time: one scalar unknown
FORCED = Motion("forced", _forced_field, _forced, (1.3,), (0.5, 1.0, 1.7, 2.0), (0.8, 1.5))
#: two unknowns, which are vectors
OSCILLATOR = Motion("oscillator", _oscillator_field, _oscillator, ((1.0, -0.4), (0.2, 0.7)), (0.0, 0.3, 1.1), (1.7,))
MOTIONS = (FORCED, OSCILLATOR)
