"""Test scores against schooling and IQ of mothers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the model is called with."""
    return {name: np.asarray(data[name], np.float64) for name in ("mom_hs", "mom_iq", "kid_score")}


def model(mom_hs: Any, mom_iq: Any, kid_score: Any) -> None:
    beta = numpyro.sample("beta", dist.ImproperUniform(constraints.real_vector, (), (4,)))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))
    mean = beta[0] + beta[1] * mom_hs + beta[2] * mom_iq + beta[3] * mom_hs * mom_iq
    numpyro.sample("kid_score", dist.Normal(mean, sigma), obs=kid_score)
