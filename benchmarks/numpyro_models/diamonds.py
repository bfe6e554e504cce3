"""The log price of diamonds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpyro
import numpyro.distributions as dist


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is called with."""
    X = np.asarray(data["X"], np.float64)[:, 1:]
    return {"X": X - X.mean(axis=0), "y": np.asarray(data["Y"], np.float64)}


def model(X: Any, y: Any) -> None:
    b = numpyro.sample("b", dist.Normal(0.0, 1.0).expand([X.shape[1]]).to_event(1))
    intercept = numpyro.sample("Intercept", dist.StudentT(3.0, 8.0, 10.0))
    sigma = numpyro.sample("sigma", dist.FoldedDistribution(dist.StudentT(3.0, 0.0, 10.0)))
    numpyro.sample("Y", dist.Normal(intercept + X @ b, sigma), obs=y)
