"""Test scores against schooling and IQ of mothers, with their interaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    hs, iq = np.asarray(data["mom_hs"], np.float64), np.asarray(data["mom_iq"], np.float64)
    columns = [np.ones_like(iq), hs, iq, hs * iq]
    return {"X": np.stack(columns), "y": np.asarray(data["kid_score"], np.float64)}


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (beta[4], log sigma)."""
    beta, log_sigma = q[:4], q[4]
    residual = data["y"] - beta @ data["X"]
    count = residual.shape[0]
    prior = -jnp.log1p(jnp.exp(2.0 * log_sigma) / 6.25)
    return prior - (count - 1) * log_sigma - 0.5 * jnp.exp(-2.0 * log_sigma) * jnp.dot(residual, residual)
