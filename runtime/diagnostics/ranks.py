"""What R-hat and effective sample sizes share: halves of chains and normal scores of ranks."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]


def split(draws: Floats) -> Floats:
    """Chains cut into halves: [..., c, n] to [..., 2c, n // 2]; of an odd number of draws the middle one is
    left out.
    """
    half = draws.shape[-1] // 2
    return np.concatenate([draws[..., :half], draws[..., draws.shape[-1] - half :]], axis=-2)


def average_ranks(flat: Floats) -> Floats:
    """Ranks from 1 along the last axis; ties share the average of theirs."""
    order = np.argsort(flat, axis=-1, kind="stable")
    ordered = np.take_along_axis(flat, order, axis=-1)
    index = np.broadcast_to(np.arange(flat.shape[-1]), flat.shape)
    fresh = np.ones(flat.shape, bool)
    fresh[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    first = np.maximum.accumulate(np.where(fresh, index, 0), axis=-1)
    closing = np.roll(fresh, -1, axis=-1)
    last_back = np.where(closing, index, flat.shape[-1] - 1)[..., ::-1]
    last = np.minimum.accumulate(last_back, axis=-1)[..., ::-1]
    ranks = np.empty(flat.shape)
    np.put_along_axis(ranks, order, (first + last) / 2.0 + 1.0, axis=-1)
    return ranks


def normal_scores(draws: Floats) -> Floats:
    """Rank-normalised draws z, over all chains together (equation 14 of the paper): the normal quantile of
    (rank - 3/8) / (size + 1/4).
    """
    size = draws.shape[-2] * draws.shape[-1]
    ranks = average_ranks(draws.reshape(*draws.shape[:-2], size))
    distinct, places = np.unique(ranks, return_inverse=True)
    quantile = NormalDist().inv_cdf
    table = np.array([quantile(p) for p in ((distinct - 0.375) / (size + 0.25)).tolist()])
    return table[places].reshape(draws.shape)
