"""An autoregression: the lags are a matrix made once, the density one matrix product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    y, K = np.asarray(data["y"], np.float64), int(data["K"])
    lags = np.stack([y[K - 1 - k : len(y) - 1 - k] for k in range(K)])
    return {"lags": lags, "y": y[K:]}


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (alpha, beta[K], log sigma)."""
    alpha, beta, log_sigma = q[0], q[1:-1], q[-1]
    residual = data["y"] - (beta @ data["lags"] + alpha)
    count = residual.shape[0]
    variance = jnp.exp(2.0 * log_sigma)
    prior = -0.005 * (alpha * alpha + jnp.dot(beta, beta)) - jnp.log1p(variance / 6.25)
    return prior - (count - 1) * log_sigma - 0.5 * jnp.dot(residual, residual) / variance
