"""Effective sample sizes: how many independent draws would do as well, in the bulk and in the tails."""

from __future__ import annotations

import numpy as np

from pushforward.runtime.diagnostics.ranks import Floats, normal_scores, split

_RESOLUTION = 1e-15  # draws within this range are one value


def autocovariance(draws: Floats) -> Floats:
    """Biased autocovariances at lags 0..n-1 along the last axis, by FFT."""
    count = draws.shape[-1]
    length = 1 << (2 * count - 1).bit_length()
    spectrum = np.fft.rfft(draws - draws.mean(axis=-1, keepdims=True), length, axis=-1)
    power = spectrum.real**2 + spectrum.imag**2
    result: Floats = np.fft.irfft(power, length, axis=-1)[..., :count] / count
    return result


def _autocorrelation_time(rho: Floats) -> Floats:
    """The sum over all lags of autocorrelations rho [..., n], cut where their noise begins (Geyer 1992).

    Sums of neighbouring pairs are kept while they are positive and made to decrease; of the first pair that
    is not kept the first lag still counts when it is positive.
    """
    count = rho.shape[-1]
    limit = max(0, (count - 3) // 2)
    pairs = rho[..., 0 : 2 * limit + 2 : 2] + rho[..., 1 : 2 * limit + 2 : 2]
    stopped = pairs[..., :limit] <= 0
    last = np.where(stopped.any(axis=-1), stopped.argmax(axis=-1) if limit else 0, limit)[..., None]
    kept = np.where(np.arange(limit + 1) < last, np.minimum.accumulate(pairs, axis=-1), 0.0).sum(axis=-1)
    tail = np.take_along_axis(rho, 2 * last, axis=-1)
    tail_pair = np.take_along_axis(pairs, last, axis=-1)
    result: Floats = -1.0 + 2.0 * kept + np.where(tail_pair >= 0, tail, np.maximum(tail, 0.0))[..., 0]
    return result


def basic_ess(draws: Floats) -> Floats:
    """The effective sample size for the mean, without splits or ranks (equations 10 to 13): [..., c, n] to
    [...].

    NaN where draws are not finite; the number of draws where they are all the same.
    """
    chains, count = draws.shape[-2:]
    if count < 2:
        return np.full(draws.shape[:-2], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = autocovariance(draws).mean(axis=-2)
        within = covariance[..., :1] * count / (count - 1)
        pooled = covariance[..., :1]
        if chains > 1:
            pooled = pooled + draws.mean(axis=-1).var(axis=-1, ddof=1)[..., None]
        rho = 1.0 - (within - covariance) / pooled
        rho[..., 0] = 1.0
        size = chains * count
        result = size / np.maximum(_autocorrelation_time(rho), 1.0 / np.log10(size))
        constant = draws.max(axis=(-2, -1)) - draws.min(axis=(-2, -1)) < _RESOLUTION
    result = np.where(constant, float(size), result)
    return np.where(np.isfinite(draws).all(axis=(-2, -1)), result, np.nan)


def _enough(draws: Floats) -> bool:
    return int(draws.shape[-1]) >= 4


def ess_mean(draws: Floats) -> Floats:
    """The effective sample size for the mean, from halves of chains."""
    return basic_ess(split(draws)) if _enough(draws) else np.full(draws.shape[:-2], np.nan)


def ess_bulk(draws: Floats) -> Floats:
    """The effective sample size of normal scores, from halves of chains (section 4.2): [..., c, n] to
    [...].
    """
    if not _enough(draws):
        return np.full(draws.shape[:-2], np.nan)
    result = basic_ess(normal_scores(split(draws)))
    return np.where(np.isfinite(draws).all(axis=(-2, -1)), result, np.nan)


def ess_tail(draws: Floats) -> Floats:
    """The smaller of the effective sample sizes for the 5 % and 95 % quantiles (section 4.3): [..., c, n] to
    [...].
    """
    if not _enough(draws):
        return np.full(draws.shape[:-2], np.nan)
    low, high = np.quantile(draws, (0.05, 0.95), axis=(-2, -1), keepdims=True)
    both = [basic_ess(split((draws <= q).astype(np.float64))) for q in (low, high)]
    return np.where(np.isfinite(draws).all(axis=(-2, -1)), np.minimum(*both), np.nan)


def mcse_mean(draws: Floats) -> Floats:
    """The Monte Carlo standard error of the mean: [..., c, n] to [...]."""
    deviation = draws.reshape(*draws.shape[:-2], -1).std(axis=-1, ddof=1)
    result: Floats = deviation / np.sqrt(ess_mean(draws))
    return result
