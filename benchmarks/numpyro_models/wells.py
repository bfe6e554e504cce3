"""Switching wells: a logistic regression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpyro
import numpyro.distributions as dist


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is called with."""
    v = {name: np.asarray(data[name], np.float64) for name in ("dist", "arsenic", "assoc", "educ")}
    d, a = v["dist"] / 100.0, np.log(v["arsenic"])
    d, a = d - d.mean(), a - a.mean()
    X = np.column_stack([d, a, v["assoc"], v["educ"] / 4.0, d * a])
    return {"X": X, "y": np.asarray(data["switched"])}


def model(X: Any, y: Any) -> None:
    alpha = numpyro.sample("alpha", dist.Normal(0.0, 2.5))
    beta = numpyro.sample("beta", dist.Normal(0.0, 2.5).expand([5]).to_event(1))
    numpyro.sample("switched", dist.Bernoulli(logits=alpha + X @ beta), obs=y)
