"""An autoregression as a scan over the last K values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.contrib.control_flow import scan


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is called with."""
    return {"y": np.asarray(data["y"], np.float64), "K": int(data["K"])}


def model(y: Any, K: int) -> None:
    alpha = numpyro.sample("alpha", dist.Normal(0.0, 10.0))
    beta = numpyro.sample("beta", dist.Normal(0.0, 10.0).expand([K]).to_event(1))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))

    def transition(last: jax.Array, value: jax.Array) -> tuple[jax.Array, jax.Array]:
        numpyro.sample("y", dist.Normal(alpha + last @ beta, sigma), obs=value)
        return jnp.concatenate([value[None], last[:-1]]), value

    scan(transition, jnp.asarray(y[:K])[::-1], y[K:])
