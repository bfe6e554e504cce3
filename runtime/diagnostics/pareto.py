"""Pareto k: how heavy is the tail of importance weights, and can averages under them be trusted?

The largest weights are fitted by a generalised Pareto distribution. Its shape k says which moments exist: all
those below 1 / k. Vehtari, Simpson, Gelman, Yao and Gabry (2024), "Pareto smoothed importance sampling", JMLR
25(72); the fit is that of Zhang and Stephens (2009), "A new and efficient estimation method for the
generalized Pareto distribution", Technometrics 51(3).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pushforward.runtime.diagnostics.ranks import Floats
from pushforward.runtime.diagnostics.report import Advice

GOOD, LARGEST = 0.7, 1.0  # Vehtari et al. (2024, section 3.2.4); beyond 1 the weights have no mean
FEWEST = 5  # weights in the tail


def pareto_k(log_weights: Any) -> float:
    """The shape k of the tail of importance weights, from their logarithms f[n], up to a constant.

    A log-weight of -inf is a weight of zero. Weights that are all the same have no tail: -inf. nan when the
    tail has fewer than five weights (n < 25, or most are zero), or when a log-weight is nan or +inf.
    """
    logs = np.sort(np.asarray(log_weights, np.float64).ravel())
    if np.isnan(logs).any() or logs.size == 0 or not np.isfinite(logs[-1]):
        return float("nan")
    if logs[0] == logs[-1] and logs.size >= 5 * FEWEST:
        return float("-inf")
    count = int(np.ceil(min(logs.size / 5, 3 * np.sqrt(logs.size))))
    logs = logs - logs[-1]
    # The largest weight that is not in the tail, and not so small that weights beside it are all tail.
    cutoff = max(logs[-count - 1], np.log(np.finfo(np.float64).tiny)) if count < logs.size else -np.inf
    tail = np.exp(logs[logs > cutoff]) - np.exp(cutoff)
    if count < FEWEST or tail.size < FEWEST or tail[0] <= 0.0:
        return float("nan")
    return _shape(tail)


def _shape(tail: Floats) -> float:
    """The shape of a generalised Pareto distribution from exceedances in ascending order (Zhang and Stephens
    2009, equations 6 to 8), drawn towards 1/2 as if by ten more of them (Vehtari et al. 2024, appendix C).
    """
    n = tail.size
    points = 30 + int(np.sqrt(n))
    quartile = tail[int(n / 4 + 0.5) - 1]
    b = 1 / tail[-1] + (1 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))) / (3 * quartile)
    shapes = np.log1p(-b[:, None] * tail).mean(axis=1)
    profile = n * (np.log(-b / shapes) - shapes - 1)
    weights = np.exp(profile - profile.max())
    centre = weights @ b / weights.sum()
    k = float(np.log1p(-centre * tail).mean())
    return (n * k + 10 * 0.5) / (n + 10)


def threshold(draws: int) -> float:
    """The largest k with which averages over so many draws can be trusted (Vehtari et al. 2024, equation 11)."""
    return float(min(GOOD, 1 - 1 / np.log10(draws))) if draws > 10 else 0.0


def advise_pareto(k: float, draws: int) -> Advice | None:
    """What speaks against importance weights whose tail has the shape k; None when they can be trusted."""
    if np.isnan(k):
        return Advice("pareto_unknown", (
            f"Pareto k cannot be estimated from these {draws} weights: they are too few, or some are not "
            "finite. Take more draws (1000), and look where the density is not finite."
        ))  # fmt: skip
    limit = threshold(draws)
    if k < limit:
        return None
    if k >= LARGEST:
        return Advice("pareto_k", (
            f"Pareto k is {k:.2f}: the importance weights have no mean, so the guide misses a part of the "
            "target and averages under these weights mean nothing. Use a richer guide or one with heavier "
            "tails, or sample."
        ))  # fmt: skip
    if k >= GOOD:
        return Advice("pareto_k", (
            f"Pareto k is {k:.2f}, above {GOOD}: averages under these importance weights are dominated by a "
            "few draws and biased, whatever their number within reason. Use a richer guide, or sample."
        ))  # fmt: skip
    needed = int(np.ceil(10 ** (1 / (1 - max(k, 0.0)))))
    return Advice("pareto_k", (
        f"Pareto k is {k:.2f}, which {draws} draws are too few for (they allow {limit:.2f}): take at least "
        f"{needed}."
    ))  # fmt: skip
