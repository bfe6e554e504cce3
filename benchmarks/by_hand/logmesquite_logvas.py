"""Mesquite bushes on the log scale: volume, area and shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    v = {name: np.asarray(values, np.float64) for name, values in data.items()}
    area = v["diam1"] * v["diam2"]
    volume, shape = area * v["canopy_height"], v["diam1"] / v["diam2"]
    logs = (np.log(x) for x in (volume, area, shape, v["total_height"], v["density"]))
    columns = [np.ones_like(area), *logs, v["group"]]
    return {"X": np.stack(columns), "y": np.log(v["weight"])}


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (beta[7], log sigma)."""
    beta, log_sigma = q[:7], q[7]
    residual = data["y"] - beta @ data["X"]
    count = residual.shape[0]
    return -(count - 1) * log_sigma - 0.5 * jnp.exp(-2.0 * log_sigma) * jnp.dot(residual, residual)
