"""Earnings against height: flat priors, one matrix product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    height, earn = np.asarray(data["height"], np.float64), np.asarray(data["earn"], np.float64)
    columns = [np.ones_like(height), height]
    return {"X": np.stack(columns), "y": earn}


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (beta[2], log sigma)."""
    beta, log_sigma = q[:2], q[2]
    residual = data["y"] - beta @ data["X"]
    count = residual.shape[0]
    return -(count - 1) * log_sigma - 0.5 * jnp.exp(-2.0 * log_sigma) * jnp.dot(residual, residual)
