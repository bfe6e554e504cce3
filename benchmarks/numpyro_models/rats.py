"""Growth of rats: correlated intercepts and slopes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is called with."""
    return {
        "rat": np.asarray(data["rat"]) - 1, "x": np.asarray(data["x"], np.float64), "xbar": float(data["xbar"]),
        "y": np.asarray(data["y"], np.float64), "N": int(data["N"]),
    }  # fmt: skip


def model(rat: Any, x: Any, xbar: Any, y: Any, N: int) -> None:
    mu = numpyro.sample("mu", dist.Normal(jnp.array([250.0, 5.0]), jnp.array([100.0, 5.0])).to_event(1))
    tau = numpyro.sample("tau", dist.HalfNormal(jnp.array([50.0, 2.0])).to_event(1))
    L = numpyro.sample("L", dist.LKJCholesky(2, 2.0))
    sigma = numpyro.sample("sigma", dist.HalfNormal(20.0))
    z = numpyro.sample("z", dist.Normal(0.0, 1.0).expand([2, N]).to_event(2))
    line = (tau[:, None] * L) @ z
    numpyro.deterministic("correlation", L[1, 0])
    numpyro.deterministic("birth_weight", mu[0] - xbar * mu[1])
    mean = mu[0] + line[0, rat] + (mu[1] + line[1, rat]) * (x - xbar)
    numpyro.sample("y", dist.Normal(mean, sigma), obs=y)
