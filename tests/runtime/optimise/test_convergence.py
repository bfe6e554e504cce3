"""The rules of convergence and patience on traces and points whose truth is known."""

from __future__ import annotations

import numpy as np

from pushforward.runtime.optimise.convergence import CRITICAL_T, trend
from pushforward.runtime.optimise.patience import settled, window


def alarms(drift: float, repetitions: int = 2000) -> float:
    """How often a trend is found in noise of standard deviation 1 that drifts over its last quarter."""
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(repetitions):
        line = trend(rng.normal(size=800) + drift * np.maximum(0, np.arange(800) - 600) / 200)
        assert line is not None
        found += abs(line.change) > CRITICAL_T * line.stderr
    return found / repetitions


def test_a_trend_is_found_at_the_stated_rate() -> None:
    # 2000 repetitions at 1 %: a standard error of 0.22 %; four of them have a false-alarm rate of 6e-5.
    assert abs(alarms(0.0) - 0.01) < 4 * 0.0022
    assert alarms(0.5) > 0.2, "the control: half a standard deviation over the quarter is often seen"


def test_the_change_is_that_of_the_quarter() -> None:
    line = trend(np.concatenate([np.full(600, -1e6), np.linspace(0.0, 1.0, 200)]))
    assert line is not None and abs(line.change - 1.0) < 0.02 and line.stderr < 1e-9
    assert trend(np.zeros(159)) is None


def test_the_noise_of_a_window_is_not_its_trend() -> None:
    noise = np.random.default_rng(1).normal(size=1000)
    still, moving = window(noise), window(noise + np.linspace(0, 20, 1000))
    assert abs(still.variance - 1e-3) < 2e-4 and abs(moving.variance / still.variance - 1) < 0.05


def test_patience_compares_with_the_best_before() -> None:
    rng = np.random.default_rng(2)
    rising = [window(rng.normal(size=100) + 0.5 * i) for i in range(6)]
    assert not any(settled(rising[:n], "maximize") for n in range(7))
    assert settled(rising, "minimize")
    assert settled([rising[-1], rising[0], rising[1]], "maximize"), "better than the last, worse than the best"
    assert settled([window(np.ones(10)), window(np.ones(10))], "maximize"), "it does not move"
