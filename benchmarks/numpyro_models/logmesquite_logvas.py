"""Mesquite bushes on the log scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is called with."""
    v = {name: np.asarray(values, np.float64) for name, values in data.items()}
    area = v["diam1"] * v["diam2"]
    volume, shape = area * v["canopy_height"], v["diam1"] / v["diam2"]
    logs = (np.log(x) for x in (volume, area, shape, v["total_height"], v["density"]))
    X = np.column_stack([np.ones_like(area), *logs, v["group"]])
    return {"X": X, "y": np.log(v["weight"])}


def model(X: Any, y: Any) -> None:
    beta = numpyro.sample("beta", dist.ImproperUniform(constraints.real_vector, (), (7,)))
    sigma = numpyro.sample("sigma", dist.ImproperUniform(constraints.positive, (), ()))
    numpyro.sample("log_weight", dist.Normal(X @ beta, sigma), obs=y)
