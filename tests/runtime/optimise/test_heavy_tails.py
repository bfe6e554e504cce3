"""Estimates whose tail decides their mean are told of; skewed ones with a variance are not."""

from __future__ import annotations

import numpy as np
import pytest

from pushforward.runtime.optimise.convergence import doubts, heaviness
from pushforward.runtime.optimise.evaluation import Evaluation


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    ("name", "heavy"), [("normal", False), ("chi2", False), ("lognormal", False), ("normal squared tail", False), ("pareto", True)]
)
def test_which_tails_are_heavy(name: str, heavy: bool, sign: float) -> None:
    """Pareto of index 1 has no mean; the others have all moments. Fixed seed."""
    random = np.random.default_rng(7)
    draws = {
        "normal": random.normal(size=1000),
        "chi2": random.chisquare(1, 1000),
        "lognormal": random.lognormal(0.0, 1.0, 1000),
        "normal squared tail": random.normal(size=1000) + random.lognormal(-1.0, 1.5, 1000),
        "pareto": random.pareto(0.8, 1000),
    }[name]
    found = heaviness(sign * draws)
    assert (found > 0.7) == heavy
    told = list(doubts(np.zeros(0), Evaluation(sign * draws, {}, {}), [], np.inf, "maximize"))
    assert [text for text in told if "heavy tail" in text] == told
    assert bool(told) == heavy


def test_equal_estimates_have_no_tail() -> None:
    assert heaviness(np.full(1000, 2.5)) == float("-inf")
