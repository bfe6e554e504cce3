"""Linear regression with weak priors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    return {
        "X": np.ascontiguousarray(np.asarray(data["X"], np.float64).T),
        "y": np.asarray(data["y"], np.float64),
    }


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (beta[D], log sigma)."""
    beta, log_sigma = q[:-1], q[-1]
    residual = data["y"] - beta @ data["X"]
    count = residual.shape[0]
    variance = jnp.exp(2.0 * log_sigma)
    prior = -0.005 * (jnp.dot(beta, beta) + variance)
    return prior - (count - 1) * log_sigma - 0.5 * jnp.dot(residual, residual) / variance
