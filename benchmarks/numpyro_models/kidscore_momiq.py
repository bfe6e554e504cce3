"""Test scores against the IQ of mothers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is called with."""
    return {name: np.asarray(data[name], np.float64) for name in ("mom_iq", "kid_score")}


def model(mom_iq: Any, kid_score: Any) -> None:
    beta = numpyro.sample("beta", dist.ImproperUniform(constraints.real_vector, (), (2,)))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))
    numpyro.sample("kid_score", dist.Normal(beta[0] + beta[1] * mom_iq, sigma), obs=kid_score)
