"""Estimates whose objective is known exactly."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

TARGET = jnp.array([1.0, -2.0, 0.5])


def bowl(params: Any, key: Any) -> Any:
    """Unbiased for -|x - TARGET|^2 - 3, with the gradient's noise that a random direction makes.

    E[(e . d)^2] = |d|^2 for standard normal e.
    """
    direction = jax.random.normal(key, (3,))
    return -(jnp.dot(direction, params["x"] - TARGET) ** 2) - 3.0 + 0.5 * direction[0]


def quiet(params: Any, key: Any) -> Any:
    """(x - 3)^2 + 1 without noise."""
    del key
    return (params["x"] - 3.0) ** 2 + 1.0


def two_hills(params: Any, key: Any) -> Any:
    """A small hill at -3, of height 1, and a large one at 3, of height 4, with noise."""
    x = params["x"]
    height = jnp.exp(-0.5 * (x + 3) ** 2) + 4 * jnp.exp(-0.5 * (x - 3) ** 2)
    return height + 0.1 * jax.random.normal(key) * (1 + x)
