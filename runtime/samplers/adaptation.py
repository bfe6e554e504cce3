"""Adaptation during warmup: Stan's windows, dual averaging of the step size, the regularised metric.

The schedule and the metric are the host's business, in numpy: a metric changes half a dozen times in a run,
and what is not in the compiled program need not be compiled. The step size changes at every transition and is
adapted on the device.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import jax.numpy as jnp
import numpy as np
from jax import Array

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

GAMMA, T0, KAPPA = 0.05, 10.0, 0.75
INITIAL, BASE, TERMINAL = 75, 25, 50


class StepSize(NamedTuple):
    """The step size in use and the averages behind it (Hoffman and Gelman 2014, section 3.2)."""

    size: Any
    shrinkage: Any  # the log step size to shrink to, log(10 times the one found by search)
    error: Any  # average of target minus acceptance
    log_average: Any  # average of log step sizes
    count: Any


def restart(size: Array) -> StepSize:
    """Dual averaging that starts from the step size a search has found."""
    zero = jnp.zeros(())
    return StepSize(size, jnp.log(10.0 * size), zero, zero, zero)


def adapt(step: StepSize, accept: Array, target: Array) -> StepSize:
    """One update of dual averaging (equation 6 of the paper)."""
    count = step.count + 1.0
    weight = 1.0 / (count + T0)
    error = (1.0 - weight) * step.error + weight * (target - accept)
    log_size = step.shrinkage - error * jnp.sqrt(count) / GAMMA
    forget = count**-KAPPA
    log_average = (1.0 - forget) * step.log_average + forget * log_size
    return StepSize(jnp.exp(log_size), step.shrinkage, error, log_average, count)


def settle(step: StepSize) -> StepSize:
    """The step size fixed at its average, as at the end of warmup."""
    return step._replace(size=jnp.exp(step.log_average))


def choose(condition: Array, new: StepSize, old: StepSize) -> StepSize:
    """`new` where the condition holds, `old` elsewhere."""
    return StepSize(*(jnp.where(condition, a, b) for a, b in zip(new, old, strict=True)))


def windows(warmup: int) -> tuple[tuple[int, int], ...]:
    """The half-open ranges of warmup transitions whose draws estimate a metric, as Stan lays them out.

    For 1000: after a buffer of 75, windows of 25, 50, 100, 200 and 500, before a last buffer of 50. Shorter
    warmups scale the buffers to 15 % and 10 %, with one window between; below 20 there is none. A window
    takes in the rest when the next, twice as long, would not fit; unlike in Stan also the first, which spares
    a warmup of 151 to 199 a last window of a few draws.
    """
    if warmup < 20:
        return ()
    initial, base, terminal = INITIAL, BASE, TERMINAL
    if initial + base + terminal > warmup:
        initial, terminal = int(0.15 * warmup), int(0.1 * warmup)
        base = warmup - initial - terminal
    ranges: list[tuple[int, int]] = []
    begin, size, stop = initial, base, warmup - terminal
    while begin < stop:
        end = begin + size
        end = stop if end + 2 * size > stop else end
        ranges.append((begin, end))
        begin, size = end, 2 * size
    return tuple(ranges)


def metric_scale(draws: Floats, dense: bool) -> Floats:
    """L with L L' the regularised covariance of draws [m, n]: f64[n], or f64[n, n] lower triangular.

    The regularisation is Stan's: m/(m+5) times the sample covariance plus 1e-3 * 5/(m+5) on the diagonal.
    Sums are made without BLAS, whose results depend on its number of threads. An estimate that is not finite
    leaves the unit metric.
    """
    count, dim = draws.shape
    centred = draws - draws.mean(axis=0)
    shrink, floor = count / (count + 5.0), 1e-3 * 5.0 / (count + 5.0)
    if not dense:
        variance = shrink * (centred * centred).sum(axis=0) / (count - 1) + floor
        return np.sqrt(np.where(np.isfinite(variance), variance, 1.0))
    covariance = shrink * np.einsum("ki,kj->ij", centred, centred) / (count - 1) + floor * np.eye(dim)
    return _cholesky(covariance) if np.isfinite(covariance).all() else np.eye(dim)


def _cholesky(matrix: Floats) -> Floats:
    """The lower Cholesky factor, column by column: the same bits whatever BLAS does."""
    lower = np.zeros_like(matrix)
    for j in range(matrix.shape[0]):
        column = matrix[j:, j] - np.einsum("ik,k->i", lower[j:, :j], lower[j, :j])
        lower[j:, j] = column / np.sqrt(column[0])
    return lower
