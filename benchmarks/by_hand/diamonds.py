"""The log price of diamonds: 24 centred columns, 5000 rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    X = np.asarray(data["X"], np.float64)[:, 1:]
    return {"X": np.ascontiguousarray((X - X.mean(axis=0)).T), "y": np.asarray(data["Y"], np.float64)}


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (b[24], Intercept, log sigma)."""
    b, intercept, log_sigma = q[:-2], q[-2], q[-1]
    residual = data["y"] - (b @ data["X"] + intercept)
    count = residual.shape[0]
    variance = jnp.exp(2.0 * log_sigma)
    prior = (
        -0.5 * jnp.dot(b, b)
        - 2.0 * jnp.log1p((intercept - 8.0) ** 2 / 300.0)
        - 2.0 * jnp.log1p(variance / 300.0)
    )
    return prior - (count - 1) * log_sigma - 0.5 * jnp.dot(residual, residual) / variance
