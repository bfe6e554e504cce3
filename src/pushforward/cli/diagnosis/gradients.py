"""Gradients against finite differences, coordinate by coordinate, at random points.

Differences are central and of fourth order (weights 8 and -1 at one and two steps, over 12; Fornberg 1988,
table 1), at three steps, of which the best counts: the error of a large step is curvature and that of a small
one is rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

STEPS = (1e-2, 1e-3, 1e-4)
TOLERANCE = 1e-4  # relative; a wrong derivative is off by much more, and a good one by much less
MOST = 64  # coordinates looked at, at each point


@dataclass(frozen=True)
class Mismatch:
    """A coordinate where the two differ the most, relative to their size."""

    point: int
    coordinate: int
    gradient: float
    difference: float
    relative: float


@dataclass(frozen=True)
class GradientCheck:
    """Points f64[points, dim] where the density is finite, their densities and gradients, and the worst coordinate."""

    points: Any
    values: Any
    gradients: Any
    looked_at: int
    tried: int
    worst: Mismatch | None

    @property
    def sound(self) -> bool:
        """Whether the gradients are finite and agree with the differences."""
        return bool(np.isfinite(self.gradients).all()) and (self.worst is None or self.worst.relative < TOLERANCE)


def check_gradients(density: Callable[[Any], Any], dim: int, points: int, seed: int) -> GradientCheck:
    """Compare at up to `points` points, uniform on (-2, 2) as a sampler starts; points of density zero are passed
    over."""
    rng = np.random.default_rng(seed)
    tried = 20 * points
    candidates = rng.uniform(-2.0, 2.0, (tried, dim))
    value = jax.jit(density)
    gradient = jax.jit(jax.grad(density))
    finite = [q for q in candidates if np.isfinite(value(q))][:points] if dim else []
    kept = np.array(finite).reshape(len(finite), dim)
    values = np.array([float(value(q)) for q in kept])
    gradients = np.array([np.asarray(gradient(q)) for q in kept]).reshape(kept.shape)
    chosen = [np.sort(rng.permutation(dim)[:MOST]) for _ in kept]
    found = [
        _compare(jax.jit(jax.vmap(density)), i, kept[i], values[i], gradients[i], coordinates)
        for i, coordinates in enumerate(chosen)
    ]
    worst = max(found, key=lambda m: m.relative, default=None)
    return GradientCheck(kept, values, gradients, sum(map(len, chosen)), tried, worst)


def _compare(
    densities: Callable[[Any], Any], point: int, q: Any, value: float, gradient: Any, coordinates: Any
) -> Mismatch:
    exact = gradient[coordinates]
    # What rounding of a sum as large as the density can do to a difference is not held against the gradient.
    floor = 1e-6 * max(1.0, abs(value), float(np.abs(gradient).max(initial=0.0)))
    best = np.full(len(coordinates), np.inf)
    nearest = np.full(len(coordinates), np.nan)
    for step in STEPS:
        found = _differences(densities, q, coordinates, step)
        off = np.abs(found - exact) / np.maximum(np.maximum(np.abs(found), np.abs(exact)), floor)
        off = np.where(np.isfinite(off), off, np.inf)
        closer = off < best
        best, nearest = np.where(closer, off, best), np.where(closer, found, nearest)
    i = int(np.argmax(best))
    return Mismatch(point, int(coordinates[i]), float(exact[i]), float(nearest[i]), float(best[i]))


def _differences(densities: Callable[[Any], Any], q: Any, coordinates: Any, step: float) -> Any:
    sizes = step * np.maximum(1.0, np.abs(q[coordinates]))
    moved = np.repeat(q[None], 4 * len(coordinates), axis=0).reshape(4, len(coordinates), len(q))
    for row, times in enumerate((1.0, -1.0, 2.0, -2.0)):
        moved[row, np.arange(len(coordinates)), coordinates] += times * sizes
    flat = densities(jnp.asarray(moved.reshape(-1, len(q))))
    up, down, up2, down2 = np.asarray(flat).reshape(4, len(coordinates))
    return (8.0 * (up - down) - (up2 - down2)) / (12.0 * sizes)
