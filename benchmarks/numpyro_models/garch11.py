"""GARCH(1, 1) as a scan over returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.contrib.control_flow import scan
from numpyro.distributions import constraints


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is called with."""
    return {"y": np.asarray(data["y"], np.float64), "sigma1": np.float64(data["sigma1"])}


def model(y: Any, sigma1: Any) -> None:
    mu = numpyro.sample("mu", dist.ImproperUniform(constraints.real, (), ()))
    alpha0 = numpyro.sample("alpha0", dist.ImproperUniform(constraints.positive, (), ()))
    alpha1 = numpyro.sample("alpha1", dist.ImproperUniform(constraints.unit_interval, (), ()))
    beta1 = numpyro.sample("beta1", dist.ImproperUniform(constraints.interval(0.0, 1.0 - alpha1), (), ()))
    numpyro.sample("y_0", dist.Normal(mu, sigma1), obs=y[0])

    def transition(
        carry: tuple[jax.Array, jax.Array], value: jax.Array
    ) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
        last, scale = carry
        scale = jnp.sqrt(alpha0 + alpha1 * (last - mu) ** 2 + beta1 * scale**2)
        numpyro.sample("y", dist.Normal(mu, scale), obs=value)
        return (value, scale), scale

    scan(transition, (jnp.asarray(y[0]), jnp.asarray(sigma1)), y[1:])
