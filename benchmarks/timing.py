"""Interleaved rounds on a noisy machine: A B C B C A ..., ratios within a round, and when there is no
verdict.

Machines drift, so that a ratio is taken between neighbours in time. The median of the rounds' ratios is
the estimate, with an interval from their order statistics; the ratio of the smallest times is a second
estimate, for noise only ever adds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

Rounds = Mapping[str, Sequence[float]]

FEWEST = 3  # rounds, for an interval


@dataclass(frozen=True)
class Ratio:
    """How many times as long the first takes as the second."""

    median: float
    of_minima: float
    low: float  # an interval that covers the median in 95 % of repetitions, from order statistics
    high: float
    rounds: int

    def verdict(self, target: float) -> str:
        """ "met", "missed", or "noise" when the interval for the median holds the target, or there are too few
        rounds for one.
        """
        if self.rounds < FEWEST:
            return "noise"
        if self.high <= target:
            return "met"
        if self.low > target:
            return "missed"
        return "noise"

    def against(self, target: float) -> dict[str, Any]:
        """This ratio, its target and the verdict, for JSON."""
        return {**asdict(self), "target": target, "verdict": self.verdict(target)}


def interleave(runs: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Call each in turn, `rounds` times; each returns what it measured. The order turns between rounds."""
    measured: dict[str, list[float]] = {name: [] for name in runs}
    order = list(runs)
    for _ in range(rounds):
        for name in order:
            measured[name].append(runs[name]())
        order = [*order[1:], order[0]]
    return measured


def ratio(measured: Rounds, first: str, second: str) -> Ratio:
    """The ratio of two of the interleaved measurements."""
    a, b = np.asarray(measured[first], float), np.asarray(measured[second], float)
    each = np.sort(a / b)
    count = len(each)
    # the median lies within `reach` ranks of the middle (binomial, by its normal approximation)
    reach = 0.98 * np.sqrt(count)
    low = max(0, int(np.floor(count / 2 - reach)))
    high = min(count - 1, int(np.ceil(count / 2 + reach)) - 1)
    return Ratio(float(np.median(each)), float(a.min() / b.min()), float(each[low]), float(each[high]), count)
