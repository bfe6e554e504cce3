"""Growth of rats: the 2 x 2 Cholesky factor is written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    age = np.asarray(data["x"], np.float64) - float(data["xbar"])
    return {"rat": np.asarray(data["rat"]) - 1, "age": age, "y": np.asarray(data["y"], np.float64)}


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (mu[2], log tau[2], atanh of the correlation, log sigma, z[2, N])."""
    mu, log_tau, free, log_sigma, z = q[:2], q[2:4], q[4], q[5], q[6:].reshape(2, -1)
    tau, variance = jnp.exp(log_tau), jnp.exp(2.0 * log_sigma)
    correlation, log_sech = jnp.tanh(free), jnp.log(2.0) - jnp.logaddexp(free, -free)
    prior = (
        -0.5 * ((mu[0] - 250.0) / 100.0) ** 2 - 0.5 * ((mu[1] - 5.0) / 5.0) ** 2
        - 0.5 * (tau[0] / 50.0) ** 2 - 0.5 * (tau[1] / 2.0) ** 2 + jnp.sum(log_tau)
        + 4.0 * log_sech - variance / 800.0 + log_sigma - 0.5 * jnp.sum(z * z)
    )  # fmt: skip
    intercept = mu[0] + tau[0] * z[0]
    slope = mu[1] + tau[1] * (correlation * z[0] + jnp.exp(log_sech) * z[1])
    residual = data["y"] - (intercept[data["rat"]] + slope[data["rat"]] * data["age"])
    return prior - residual.shape[0] * log_sigma - 0.5 * jnp.dot(residual, residual) / variance
