"""Leaf biomass of mesquite bushes."""

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
    names = ("diam1", "diam2", "canopy_height", "total_height", "density", "group")
    X = np.column_stack([np.ones_like(v["weight"]), *(v[name] for name in names)])
    return {"X": X, "y": v["weight"]}


def model(X: Any, y: Any) -> None:
    beta = numpyro.sample("beta", dist.ImproperUniform(constraints.real_vector, (), (7,)))
    sigma = numpyro.sample("sigma", dist.ImproperUniform(constraints.positive, (), ()))
    numpyro.sample("weight", dist.Normal(X @ beta, sigma), obs=y)
