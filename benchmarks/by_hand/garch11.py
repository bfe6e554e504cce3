"""GARCH(1, 1): the scan holds the affine recursion of the variance and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    y = np.asarray(data["y"], np.float64)
    return {"y": y, "first": np.float64(data["sigma1"]) ** 2}


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (mu, log alpha0, logit alpha1, logit of beta1 / (1 - alpha1))."""
    mu, log_alpha0 = q[0], q[1]
    alpha0, alpha1, room = jnp.exp(log_alpha0), jax.nn.sigmoid(q[2]), jax.nn.sigmoid(-q[2])
    beta1 = room * jax.nn.sigmoid(q[3])
    # log alpha1 + 2 log(1 - alpha1) + log s + log(1 - s), with s the share of the room that beta1 takes
    jacobian = (
        log_alpha0
        - jax.nn.softplus(-q[2])
        - 2.0 * jax.nn.softplus(q[2])
        - jax.nn.softplus(-q[3])
        - jax.nn.softplus(q[3])
    )
    square = (data["y"] - mu) ** 2

    def step(variance: jax.Array, drive: jax.Array) -> tuple[jax.Array, jax.Array]:
        variance = drive + beta1 * variance
        return variance, variance

    _, variances = jax.lax.scan(step, data["first"], alpha0 + alpha1 * square[:-1])
    later = jnp.sum(square[1:] / variances + jnp.log(variances))
    return jacobian - 0.5 * (square[0] / data["first"] + later)
