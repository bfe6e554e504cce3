"""Party identification in 1980."""

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
    ages = [v["age_discrete"] == age for age in (2, 3, 4)]
    X = np.column_stack([
        np.ones_like(v["income"]), v["real_ideo"], v["race_adj"], *ages, v["educ1"], v["gender"], v["income"],
    ])  # fmt: skip
    return {"X": X, "y": v["partyid7"]}


def model(X: Any, y: Any) -> None:
    beta = numpyro.sample("beta", dist.ImproperUniform(constraints.real_vector, (), (9,)))
    sigma = numpyro.sample("sigma", dist.ImproperUniform(constraints.positive, (), ()))
    numpyro.sample("partyid7", dist.Normal(X @ beta, sigma), obs=y)
