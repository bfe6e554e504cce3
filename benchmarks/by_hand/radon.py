"""Radon in counties: standardised county effects, gathered once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    names = ("log_uppm", "floor_measure", "log_radon")
    return {name: np.asarray(data[name], np.float64) for name in names} | {
        "county": np.asarray(data["county_idx"]) - 1
    }


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (gamma[2], beta, log tau, log sigma, z[J])."""
    gamma, beta, log_tau, log_sigma, z = q[:2], q[2], q[3], q[4], q[5:]
    tau, variance = jnp.exp(log_tau), jnp.exp(2.0 * log_sigma)
    prior = (
        -0.02 * (jnp.dot(gamma, gamma) + beta * beta)
        - 0.5 * (tau * tau + variance + jnp.dot(z, z))
        + log_tau
        + log_sigma
    )
    mean = gamma[0] + gamma[1] * data["log_uppm"] + (tau * z)[data["county"]] + beta * data["floor_measure"]
    residual = data["log_radon"] - mean
    return prior - residual.shape[0] * log_sigma - 0.5 * jnp.dot(residual, residual) / variance
