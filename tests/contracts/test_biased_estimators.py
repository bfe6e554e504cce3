"""Strategies that are biased, and say so: their values and derivatives against what they promise instead of the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from pushforward.compiler.transforms.strategies import strategies
from tests.contracts.estimates import AT, Case, program
from tests.contracts.expectations import gradient
from tests.contracts.test_estimators import N, Z, codes, draws

BIASED = {n for n, s in strategies().items() if s.biased}


def coin(by: str, cost: str = "(z - 0.3)^2 * (1 + b)") -> Case:
    """A coin and a cost that is not linear in it."""
    return Case(program(f"  z ~ bernoulli(inv_logit(a)) @ {by}\n  return {cost}"), lambda p: float("nan"))


def test_the_biased_strategies_are_these() -> None:
    assert sorted(BIASED) == ["gumbel", "straight_through"]


def test_straight_through_has_the_right_value_and_the_slope_of_the_mean() -> None:
    """The value is that of the draw; the derivative in a is E[f'(z)] dp/da."""
    p = special.expit(AT[0])
    found = draws(coin("unsafe straight_through"), "straight_through")
    value = (p * 0.49 + (1 - p) * 0.09) * (1 + AT[1])
    slope = (p * 1.4 - (1 - p) * 0.6) * (1 + AT[1]) * p * (1 - p)
    true = 0.4 * (1 + AT[1]) * p * (1 - p)
    error = found.std(axis=1) / np.sqrt(N)
    off = np.abs(found[:2].mean(axis=1) - [value, slope]) / error[:2]
    assert off.max() < Z
    linear = draws(coin("unsafe straight_through", "z * (1 + b)"), "straight_through linear")
    assert linear[1].mean() == pytest.approx((1 + AT[1]) * p * (1 - p))  # of a linear cost it is right
    assert abs(slope - true) < 1e-12 or abs(found[1].mean() - true) > Z * error[1]


def test_gumbel_is_the_expectation_of_the_relaxed_draw() -> None:
    """Value and derivative are those of E[f(sigmoid((logit p + e) / t))], e logistic, and of nothing else."""
    u = (np.arange(200_000) + 0.5) / 200_000

    def relaxed(p: np.ndarray) -> float:
        z = special.expit((p[0] + special.logit(u)) / 0.5)
        return float(((z - 0.3) ** 2).mean() * (1 + p[1]))

    found = draws(coin("unsafe gumbel(0.5)"), "gumbel")
    exact = np.array([relaxed(AT), *gradient(relaxed, AT)])
    error = found.std(axis=1) / np.sqrt(N)
    assert (np.abs(found.mean(axis=1) - exact) / (error + 1e-6)).max() < Z
    p = special.expit(AT[0])
    truth = (p * 0.49 + (1 - p) * 0.09) * (1 + AT[1])
    assert abs(found[0].mean() - truth) > Z * error[0]  # the bias is there


def test_the_derivative_of_a_relaxed_draw_reaches_the_laws_that_follow() -> None:
    """Of a cost that is linear in it, and so without bias."""
    text = program(
        "  z ~ bernoulli(inv_logit(a)) @ unsafe straight_through\n  x ~ normal(z, 1)\n  return x * (1 + b)"
    )
    p = special.expit(AT[0])
    found = draws(Case(text, lambda at: float("nan")), "straight_through into a law")
    assert found[1].mean() == pytest.approx((1 + AT[1]) * p * (1 - p))


@pytest.mark.parametrize(
    ("by", "cost", "code"),
    [
        ("gumbel(0.5)", "1.0 * z", "PF503"),
        ("straight_through", "1.0 * z", "PF503"),
        ("unsafe gumbel", "1.0 * z", "PF501"),
        ("unsafe gumbel(0.5)", "1.0 * (z == 1)", "PF501"),
        ("unsafe gumbel(0.5)", "[a, b][z]", "PF501"),
        ("unsafe straight_through", "[a, b][z]", "PF501"),
    ],
)
def test_where_a_relaxation_has_no_meaning_it_is_refused(by: str, cost: str, code: str) -> None:
    assert codes(coin(by, cost)) == {code}
