"""A mixture of two normals: two terms, one logaddexp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    return {"y": np.asarray(data["y"], np.float64)}


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (mu[0], log(mu[1] - mu[0]), log sigma[2], logit theta)."""
    low, log_gap, log_sigma = q[0], q[1], q[2:4]
    high = low + jnp.exp(log_gap)
    inverse = jnp.exp(-log_sigma)
    log_theta, log_other = -jax.nn.softplus(-q[4]), -jax.nn.softplus(q[4])
    prior = (
        log_gap - 0.125 * (low * low + high * high) + jnp.sum(log_sigma - 0.125 * jnp.exp(2.0 * log_sigma))
        + 5.0 * (log_theta + log_other)
    )  # fmt: skip
    first = log_theta - log_sigma[0] - 0.5 * ((data["y"] - low) * inverse[0]) ** 2
    second = log_other - log_sigma[1] - 0.5 * ((data["y"] - high) * inverse[1]) ** 2
    return prior + jnp.sum(jnp.logaddexp(first, second))
