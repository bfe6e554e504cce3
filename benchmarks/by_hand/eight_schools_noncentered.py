"""Eight schools in standardised effects."""

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
    """q = (mu, log tau, z[J])."""
    mu, log_tau, z = q[0], q[1], q[2:]
    tau = jnp.exp(log_tau)
    residual = data["y"] - (mu + tau * z)
    prior = -0.02 * mu * mu - jnp.log1p(tau * tau / 25.0) + log_tau
    return prior - 0.5 * jnp.sum(z * z + residual * residual * data["precision"])
