"""What every distribution of the library must agree with.

`ORACLES` has one entry for each file of `stdlib/distributions`, under its name; a distribution without one
is an error. Log-densities, distribution functions and survival functions are compared at the points of each
case, and the mean and variance of draws with `sample_mean` and `sample_variance`. Where such a moment is
infinite or NaN, it does not exist or has no finite variance: there is nothing to compare. All values are
float64, or integers for counts. A point outside the support has log-density minus infinity.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.stdlib.distributions.continuous import CONTINUOUS
from tests.stdlib.distributions.discrete import DISCRETE
from tests.stdlib.distributions.multivariate import MULTIVARIATE
from tests.stdlib.distributions.oracle import Oracle

ORACLES: Mapping[str, Oracle] = {**CONTINUOUS, **DISCRETE, **MULTIVARIATE}
