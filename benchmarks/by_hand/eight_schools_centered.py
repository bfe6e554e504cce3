"""Eight schools, centred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    return {
        "y": np.asarray(data["y"], np.float64),
        "precision": 1.0 / np.asarray(data["sigma"], np.float64) ** 2,
    }


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (mu, log tau, theta[J])."""
    mu, log_tau, theta = q[0], q[1], q[2:]
    variance = jnp.exp(2.0 * log_tau)
    deviation, residual = theta - mu, data["y"] - theta
    prior = -0.02 * mu * mu - jnp.log1p(variance / 25.0) - (theta.shape[0] - 1) * log_tau
    return prior - 0.5 * jnp.sum(deviation * deviation / variance + residual * residual * data["precision"])
