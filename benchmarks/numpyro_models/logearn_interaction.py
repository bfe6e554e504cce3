"""Log earnings against height and sex."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is called with."""
    v = {name: np.asarray(data[name], np.float64) for name in ("height", "male", "earn")}
    return {"height": v["height"], "male": v["male"], "log_earn": np.log(v["earn"])}


def model(height: Any, male: Any, log_earn: Any) -> None:
    beta = numpyro.sample("beta", dist.ImproperUniform(constraints.real_vector, (), (4,)))
    sigma = numpyro.sample("sigma", dist.ImproperUniform(constraints.positive, (), ()))
    mean = beta[0] + beta[1] * height + beta[2] * male + beta[3] * height * male
    numpyro.sample("log_earn", dist.Normal(mean, sigma), obs=log_earn)
