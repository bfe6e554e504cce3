"""Radon in counties: standardised county effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpyro
import numpyro.distributions as dist


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is called with."""
    names = ("log_uppm", "floor_measure", "log_radon")
    values = {name: np.asarray(data[name], np.float64) for name in names}
    return {**values, "county_idx": np.asarray(data["county_idx"]) - 1, "J": int(data["J"])}


def model(log_uppm: Any, floor_measure: Any, log_radon: Any, county_idx: Any, J: int) -> None:
    gamma = numpyro.sample("gamma", dist.Normal(0.0, 5.0).expand([2]).to_event(1))
    beta = numpyro.sample("beta", dist.Normal(0.0, 5.0))
    tau = numpyro.sample("tau", dist.HalfNormal(1.0))
    sigma = numpyro.sample("sigma", dist.HalfNormal(1.0))
    z = numpyro.sample("z", dist.Normal(0.0, 1.0).expand([J]).to_event(1))
    county = numpyro.deterministic("county", tau * z)
    mean = gamma[0] + gamma[1] * log_uppm + county[county_idx] + beta * floor_measure
    numpyro.sample("log_radon", dist.Normal(mean, sigma), obs=log_radon)
