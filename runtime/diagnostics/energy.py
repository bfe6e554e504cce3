"""E-BFMI: does resampling the momentum move the energy enough to explore the target's tails?"""

from __future__ import annotations

import numpy as np

from pushforward.runtime.diagnostics.ranks import Floats


def ebfmi(energy: Floats) -> Floats:
    """The estimated Bayesian fraction of missing information of chains (Betancourt 2016): [c, n] to [c]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = (np.diff(energy, axis=-1) ** 2).mean(axis=-1) / energy.var(axis=-1, ddof=1)
    return result
