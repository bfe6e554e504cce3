"""Rank-normalised split R-hat: do the chains, and the halves of each, agree in location and in spread?"""

from __future__ import annotations

import numpy as np

from pushforward.runtime.diagnostics.ranks import Floats, normal_scores, split


def basic_rhat(draws: Floats) -> Floats:
    """The square root of the ratio of pooled to within-chain variance, without splits or ranks (equation 4):
    [..., c, n] to [...].
    """
    count = draws.shape[-1]
    between = count * draws.mean(axis=-1).var(axis=-1, ddof=1)
    within = draws.var(axis=-1, ddof=1).mean(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = np.sqrt((between / within + count - 1) / count)
    return result


def rhat(draws: Floats) -> Floats:
    """The larger of the R-hat of normal scores and that of normal scores folded about the median: [..., c, n]
    to [...].

    NaN where draws are not finite or all the same, and when there are fewer than 4 of a chain.
    """
    if draws.shape[-1] < 4:
        return np.full(draws.shape[:-2], np.nan)
    halves = split(draws)
    folded = np.abs(halves - np.median(halves, axis=(-2, -1), keepdims=True))
    result = np.maximum(basic_rhat(normal_scores(halves)), basic_rhat(normal_scores(folded)))
    return np.where(np.isfinite(draws).all(axis=(-2, -1)), result, np.nan)
