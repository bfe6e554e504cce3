"""Slopes along lines: what a gradient says, and what differences of values on the line say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

#: A step along a direction, which is as long as the value; two are taken both ways.
STEP = 1e-5
STEPS = STEP * np.arange(-2.0, 3.0)
#: Relative error of a slope that counts as agreement.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Line:
    """Values [rows, ...] and a direction of the same shape for each."""

    values: Any
    directions: Any

    @property
    def points(self) -> Any:
        """[steps, rows, ...]: where the differences are taken."""
        return np.stack([self.values + t * self.directions for t in STEPS])

    def still(self, values: Any) -> Any:
        """[steps, rows, ...]: other values, which do not move on this line."""
        return np.stack([values] * len(STEPS))

    def derivative(self, gradient: Any) -> Any:
        """[rows]: the slope along the direction."""
        with np.errstate(invalid="ignore"):
            return (gradient * self.directions).reshape(len(gradient), -1).sum(axis=1)


def lines(kinds: Mapping[str, str], values: Mapping[str, Any], rng: Any) -> dict[str, Line]:
    """A line for each name: in every row a random direction in which the value keeps its type, in units of the value."""
    return {n: Line(values[n], np.stack([_direction(kind, v, rng) for v in values[n]])) for n, kind in kinds.items()}


def _direction(kind: str, value: Any, rng: Any) -> Any:
    u = rng.uniform(0.5, 1.0, np.shape(value)) * rng.choice([-1.0, 1.0], np.shape(value))
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
            return largest * u


def slopes(values: Any) -> tuple[Any, Any]:
    """Central differences of fourth order from values [steps, rows], and where they mean something.

    That is inside the domain, off kinks (a difference of the slopes on both sides) and where a second-order difference says the
    same: it does not where a higher derivative jumps, or is so large that the step is too long.
    """
    with np.errstate(invalid="ignore"):
        second = (values[3] - values[1]) / (2 * STEP)
        fourth = (8 * (values[3] - values[1]) - (values[4] - values[0])) / (12 * STEP)
        bend = np.abs(values[3] - 2 * values[2] + values[1]) / STEP
        scale = np.maximum(np.abs(fourth), 1.0)
        usable = (bend <= 3e-2 * scale) & (np.abs(fourth - second) <= TOLERANCE * scale + _rounding(values))
    return fourth, np.isfinite(values).all(axis=0) & usable


def agree(derivative: Any, difference: Any, values: Any) -> Any:
    """Equal up to a relative error and the rounding of the values over the step."""
    with np.errstate(invalid="ignore"):
        return np.abs(derivative - difference) <= TOLERANCE * np.maximum(np.abs(difference), 1.0) + _rounding(values)


def _rounding(values: Any) -> Any:
    return 64 * np.finfo(float).eps * np.abs(values).max(axis=0) / STEP
