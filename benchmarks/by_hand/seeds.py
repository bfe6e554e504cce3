"""Germination on plates: a binomial on the logit scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    x1, x2 = np.asarray(data["x1"], np.float64), np.asarray(data["x2"], np.float64)
    X = np.stack([np.ones_like(x1), x1, x2, x1 * x2])
    return {"X": X, "n": np.asarray(data["n"], np.float64), "N": np.asarray(data["N"], np.float64)}


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (alpha[4], log tau, z[I])."""
    alpha, log_tau, z = q[:4], q[4], q[5:]
    tau = jnp.exp(log_tau)
    prior = -0.125 * jnp.dot(alpha, alpha) - 0.5 * (tau * tau + jnp.dot(z, z)) + log_tau
    logits = alpha @ data["X"] + tau * z
    return prior + jnp.sum(data["n"] * logits - data["N"] * jax.nn.softplus(logits))
