"""Early stopping: has the objective improved by more than its noise over so many steps?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pushforward.runtime.optimise.result import Array, Sense


class Window(NamedTuple):
    """The estimates of consecutive steps: their mean, and the variance of that mean."""

    mean: float
    variance: float


def window(values: Array) -> Window:
    """Summarise estimates f[n], n >= 2.

    Their variance is half the mean squared difference of successive ones (von Neumann 1941), which a trend
    hardly inflates.
    """
    numbers = np.asarray(values, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        return Window(float(numbers.mean()), float(np.mean(np.diff(numbers) ** 2) / 2 / numbers.size))


def settled(windows: Sequence[Window], sense: Sense) -> bool:
    """Whether the last window is no better than the best before it, by more than one standard error of their
    difference. An objective without noise has settled when it no longer moves.
    """
    if len(windows) < 2:
        return False
    sign = 1.0 if sense == "maximize" else -1.0
    last, best = windows[-1], max(windows[:-1], key=lambda w: sign * w.mean)
    return bool(sign * (last.mean - best.mean) <= np.sqrt(last.variance + best.variance))
