"""Switching wells: a logistic regression whose design matrix carries the sign of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    v = {
        name: np.asarray(data[name], np.float64) for name in ("dist", "arsenic", "assoc", "educ", "switched")
    }
    d, a = v["dist"] / 100.0, np.log(v["arsenic"])
    d, a = d - d.mean(), a - a.mean()
    X = np.stack([np.ones_like(d), d, a, v["assoc"], v["educ"] / 4.0, d * a])
    return {"X": X * (1.0 - 2.0 * v["switched"])}


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (alpha, beta[5])."""
    return -0.08 * jnp.dot(q, q) - jnp.sum(jax.nn.softplus(q @ data["X"]))
