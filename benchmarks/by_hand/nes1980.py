"""Party identification in 1980: indicators of age are columns of the design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the data alone determine."""
    v = {name: np.asarray(values, np.float64) for name, values in data.items()}
    ages = [(v["age_discrete"] == age).astype(np.float64) for age in (2, 3, 4)]
    columns = [
        np.ones_like(v["income"]), v["real_ideo"], v["race_adj"], *ages, v["educ1"], v["gender"], v["income"],
    ]  # fmt: skip
    return {"X": np.stack(columns), "y": v["partyid7"]}


def log_density(q: jax.Array, data: Mapping[str, Any]) -> Any:
    """q = (beta[9], log sigma)."""
    beta, log_sigma = q[:9], q[9]
    residual = data["y"] - beta @ data["X"]
    count = residual.shape[0]
    return -(count - 1) * log_sigma - 0.5 * jnp.exp(-2.0 * log_sigma) * jnp.dot(residual, residual)
