"""Germination on plates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpyro
import numpyro.distributions as dist


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is called with."""
    return {name: np.asarray(data[name]) for name in ("N", "x1", "x2", "n")}


def model(N: Any, x1: Any, x2: Any, n: Any) -> None:
    alpha = numpyro.sample("alpha", dist.Normal(0.0, 2.0).expand([4]).to_event(1))
    tau = numpyro.sample("tau", dist.HalfNormal(1.0))
    z = numpyro.sample("z", dist.Normal(0.0, 1.0).expand([len(N)]).to_event(1))
    logits = alpha[0] + alpha[1] * x1 + alpha[2] * x2 + alpha[3] * x1 * x2 + tau * z
    numpyro.sample("n", dist.Binomial(total_count=N, logits=logits), obs=n)
