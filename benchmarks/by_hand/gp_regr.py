"""Regression with a Gaussian process: squared distances are made once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    x = np.asarray(data["x"], np.float64)
    return {
        "halved": -0.5 * (x[:, None] - x[None, :]) ** 2,
        "eye": np.eye(len(x)),
        "y": np.asarray(data["y"], np.float64),
    }


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (log rho, log alpha, log sigma); sigma is a variance."""
    rho, alpha, sigma = jnp.exp(q[0]), jnp.exp(q[1]), jnp.exp(q[2])
    prior = 25.0 * q[0] - 4.0 * rho + q[1] - 0.125 * alpha * alpha + q[2] - 0.5 * sigma * sigma
    covariance = alpha * alpha * jnp.exp(data["halved"] / (rho * rho)) + sigma * data["eye"]
    root = jnp.linalg.cholesky(covariance)
    z = jax.scipy.linalg.solve_triangular(root, data["y"], lower=True)
    return prior - 0.5 * jnp.dot(z, z) - jnp.sum(jnp.log(jnp.diagonal(root)))
