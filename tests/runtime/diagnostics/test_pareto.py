"""Pareto k against ArviZ, against tails whose shape is known, and what is said of it."""

from __future__ import annotations

import arviz
import numpy as np
import pytest

from pushforward.runtime.diagnostics.pareto import advise_pareto, pareto_k, threshold
from pushforward.runtime.diagnostics.ranks import Floats

RNG = np.random.default_rng(3)
CASES = {
    "normal by a wider one": -0.5 * (z := 2 * RNG.normal(size=2000)) ** 2 + 0.5 * (z / 2) ** 2,
    "normal by a narrower one": -0.5 * (z := 0.6 * RNG.normal(size=4000)) ** 2 + 0.5 * (z / 0.6) ** 2,
    "heavy": 1.5 * RNG.exponential(size=1000),
    "light": np.log(RNG.uniform(size=1000)),
    "small": RNG.normal(size=30),
    "large": RNG.normal(size=20_000) * 3,
    "far apart": RNG.normal(size=1000) * 300,
    "some zero": np.where(RNG.uniform(size=1000) < 0.3, -np.inf, RNG.normal(size=1000)),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_agrees_with_arviz(name: str) -> None:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        _, reference = arviz.psislw(CASES[name].copy())
    assert pareto_k(CASES[name]) == pytest.approx(float(reference), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("k", [0.2, 0.5, 0.9, 1.4])
def test_finds_the_shape_of_a_pareto_tail(k: float) -> None:
    # 20000 draws give a tail of 424, and its shape a standard deviation of about (1 + k) / 20: 5 of them
    # have a false-alarm rate of 6e-7 a case.
    logs = k * np.random.default_rng(7).exponential(size=20_000)
    assert abs(pareto_k(logs) - k) < 5 * (1 + k) / 20
    assert not abs(pareto_k(logs) - (k + 1.2)) < 5 * (1 + k) / 20, "a wrong shape is told apart"


def test_a_constant_changes_nothing() -> None:
    logs = CASES["heavy"]
    assert pareto_k(logs + 5000) == pytest.approx(pareto_k(logs), rel=1e-9)
    assert pareto_k(logs.reshape(10, 100)) == pareto_k(logs)


@pytest.mark.parametrize(
    "logs", [np.zeros(0), RNG.normal(size=20), np.array([np.nan] * 50), np.append(np.zeros(99), np.inf), np.full(50, -np.inf)]
)
def test_what_has_no_estimate_is_nan(logs: Floats) -> None:
    assert np.isnan(pareto_k(logs))
    advice = advise_pareto(pareto_k(logs), logs.size)
    assert advice is not None and advice.kind == "pareto_unknown"


def test_equal_weights_are_perfect() -> None:
    assert pareto_k(np.full(1000, -3.0)) == -np.inf
    assert advise_pareto(-np.inf, 1000) is None


def test_advice_follows_k_and_the_number_of_draws() -> None:
    assert threshold(100) == pytest.approx(0.5) and threshold(10**5) == 0.7 and threshold(3) == 0.0
    assert advise_pareto(0.45, 100) is None and advise_pareto(0.65, 10_000) is None
    few, biased, hopeless = (advise_pareto(*pair) for pair in ((0.6, 100), (0.8, 10_000), (1.3, 10_000)))
    assert few is not None and few.sentence.endswith("take at least 317.")
    assert biased is not None and "above 0.7" in biased.sentence
    assert hopeless is not None and "have no mean" in hopeless.sentence
