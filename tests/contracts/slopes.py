"""Derivatives along a line, and the same from values on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

#: The step along a direction of length one or so; steps of 0, 1 and 2 are taken both ways.
STEP = 3e-5
STEPS = (-2, -1, 0, 1, 2)
#: Relative error of a slope that counts as agreement.
TOLERANCE = 1e-6


def directions(types: Mapping[str, str], values: Mapping[str, Any], rng: Any) -> dict[str, Any]:
    """A random direction for each name in which its value stays in its type, in units of the value."""
    return {name: _direction(kind, np.asarray(values[name], float), rng) for name, kind in types.items()}


def _direction(kind: str, value: Any, rng: Any) -> Any:
    u = rng.uniform(0.5, 1.0, value.shape) * rng.choice([-1.0, 1.0], value.shape)
    largest = np.abs(value).max(initial=0.0) or 1.0
    match kind:
        case "simplex":
            return value * (u - (value * u).sum())
        case "positive" | "nonneg" | "unit":
            return value * u
        case "cov_matrix":
            return largest * (u + u.T) / 2
        case "corr_matrix":
            return (u + u.T) / 2 * (1 - np.eye(len(value)))
        case "cholesky_cov" | "cholesky_corr":
            return largest * np.tril(u)
        case _:
            return u * np.where(value == 0, 1.0, np.abs(value)) if value.ndim == 0 else largest * u


def along(function: Callable[[dict[str, Any]], Any], at: dict[str, Any], name: str, direction: Any) -> tuple[Any, Any]:
    """The derivative of a scalar function in one of its arguments along a direction, by reverse mode, and f64[5] values on the line."""

    def one(value: Any) -> Any:
        return function({**at, name: value})

    derivative = jnp.sum(jax.grad(one)(at[name]) * direction)
    steps = STEP * jnp.array(STEPS, float)
    return derivative, jax.vmap(lambda t: one(at[name] + t * direction))(steps)


def slopes(values: Any) -> tuple[Any, Any]:
    """Central differences of fourth order from values [..., 5], and where they mean something: inside the support, off kinks."""
    with np.errstate(invalid="ignore"):
        difference = (8 * (values[..., 3] - values[..., 1]) - (values[..., 4] - values[..., 0])) / (12 * STEP)
        bend = np.abs(values[..., 3] - 2 * values[..., 2] + values[..., 1]) / STEP
        smooth = bend <= 1e-2 * np.maximum(np.abs(difference), 1.0)
    return difference, np.isfinite(values).all(axis=-1) & smooth


def agree(derivative: Any, difference: Any, values: Any) -> Any:
    """Equal up to a relative error and the rounding of the values over the step."""
    with np.errstate(invalid="ignore"):
        rounding = 64 * np.finfo(float).eps * np.abs(values).max(axis=-1) / STEP
        return np.abs(derivative - difference) <= TOLERANCE * np.maximum(np.abs(difference), 1.0) + rounding
