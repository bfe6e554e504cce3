"""Draws follow the density: `simulate` against the gradient of `log_density_unconstrained`, by Stein's identities.

For q with the smooth density exp(f) on all of R^d, E[f'(q)] = 0 and E[q_i f'(q)_i] = -1 for every i (Stein 1972;
integration by parts). Both sides come from the program alone, so that every program with a proper prior is tested in
all its coordinates: the unconstrained vector of a draw is q, its gradient is f'(q).

A statistic is a mean of 4000 terms in units of its standard error. About 260 statistics are computed, each raises a
false alarm beyond 5 with probability 6e-7: together less than 2e-4, if the seeds were not fixed. A scale that is wrong
by a tenth moves the second identity by 0.2 for a normal coordinate, 9 standard errors; the controls are errors of such
a size.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.api import Bound, loads
from tests.laws.corpus import bound, prior

DRAWS = 4000
ALARM = 5.0

#: Golden programs whose prior is proper, is all of the density (no `factor`, no observed let) and needs no data.
PROPER = ("eight_schools", "mixture_family", "nested_loops")
SLOW = ("truncation", "two_lags", "constrained", "gaussian_process", "mixture_list", "radon", "stochastic_volatility", "table")


def statistics(of: Bound, density: Bound, seed: int) -> Any:
    """Both identities in every coordinate, f64[2, d], in standard errors: draws of one program, density of another."""

    def one(key: jax.Array) -> tuple[jax.Array, jax.Array]:
        drawn = of.simulate(key)
        q = density.unconstrain({n: drawn[n] for n in density.model.variables})
        slope = jax.grad(density.log_density_unconstrained)(q)
        return slope, q * slope + 1.0

    terms = jnp.stack(jax.jit(jax.vmap(one))(jax.random.split(jax.random.key(seed), DRAWS)))
    assert np.isfinite(terms).all()
    return np.asarray(jnp.mean(terms, 1) / (jnp.std(terms, 1) / np.sqrt(DRAWS)))


@pytest.mark.parametrize("name", (*PROPER, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)))
def test_draws_follow_the_density(name: str) -> None:
    found = statistics(prior(name), prior(name), seed=11)
    assert np.abs(found).max() < ALARM, found


CUT = "model m() {\n  m ~ normal(0, 1)\n  x: positive[3] ~ normal(m, 1)\n}"
WIDER = CUT.replace("(m, 1)", "(m, 1.2)")
WITHOUT_NORMALISER = CUT.replace("normal(m, 1)", "flat()\n  factor -0.5 * sum((x[i] - m)^2 for i in 0..3)")


def test_draws_of_another_law_are_told_apart() -> None:
    """The control: a scale that is wrong by a fifth, and a truncation that dropped its normaliser."""
    program, *others = (loads(text).m() for text in (CUT, WIDER, WITHOUT_NORMALISER))
    assert np.abs(statistics(program, program, seed=12)).max() < ALARM
    for other in others:
        assert np.abs(statistics(program, other, seed=12)).max() > 2 * ALARM


def test_draws_in_order() -> None:
    """Order statistics of three standard normal draws have means -0.84628, 0, 0.84628: 1.5 / sqrt(pi)."""
    b = loads("model m() {\n  x: ordered[3] ~ normal(0, 1)\n}").m()
    draws = np.asarray(jax.jit(jax.vmap(lambda key: b.simulate(key)["x"]))(jax.random.split(jax.random.key(13), DRAWS)))
    z = (draws.mean(0) - [-0.84628, 0.0, 0.84628]) / (draws.std(0) / np.sqrt(DRAWS))
    assert np.abs(z).max() < ALARM, z


def test_draws_cut_far_in_a_tail_are_finite_and_inside() -> None:
    """Ten standard deviations out, where the distribution function rounds to one: x is nearly exponential, rate 10."""
    b = loads("model m(c: real) {\n  x: positive ~ normal(c, 1)\n  y: real<upper=0> ~ normal(-c, 1)\n}").m(c=-10.0)
    draws = jax.jit(jax.vmap(b.simulate))(jax.random.split(jax.random.key(14), 200))
    assert draws["x"].min() > 0 and 0.05 < draws["x"].mean() < 0.15
    assert draws["y"].max() < 0 and 0.05 < -draws["y"].mean() < 0.15


# ---------------------------------------------------------------- given what the data say

QUIET = 1e-9  # a scale so small that a draw is its mean


@pytest.mark.parametrize("name", ["arK", "moving_slice"])
def test_predictions_run_on_their_own_draws_from_what_the_data_give(name: str) -> None:
    """The first K elements have no site and come from the data; the others follow one another, not the data."""
    b = bound(name)
    alpha, beta = 0.3, np.array([0.5, -0.4])
    drawn = np.asarray(jax.jit(b.predictive)({"alpha": alpha, "beta": beta, "sigma": QUIET}, jax.random.key(15))["y"])
    expected = list(b.arrays["y"][:2])
    lags = beta if name == "arK" else beta[::-1]
    for t in range(2, 7):
        expected.append(alpha + lags[0] * expected[t - 1] + lags[1] * expected[t - 2])
    np.testing.assert_allclose(drawn, expected, atol=1e-6)
    again = np.asarray(jax.jit(b.simulate)(jax.random.key(16))["y"])
    np.testing.assert_array_equal(again[:2], b.arrays["y"][:2])
    assert not np.isclose(again[2:], b.arrays["y"][2:]).any()


def test_predictions_are_drawn_given_the_latents() -> None:
    """theta is as given; y is drawn around it with the scale of the data, again for every key."""
    b = bound("eight_schools")
    values = {"mu": 0.0, "tau": 1.0, "theta": jnp.arange(8.0)}
    keys = jax.random.split(jax.random.key(17), DRAWS)
    draws = np.asarray(jax.jit(jax.vmap(lambda key: b.predictive(values, key)["y"]))(keys))
    scale = np.asarray(b.arrays["sigma"])
    z = (draws.mean(0) - np.arange(8)) / (scale / np.sqrt(DRAWS))
    assert np.abs(z).max() < ALARM
    spread = (draws.var(0) / scale**2 - 1) / np.sqrt(2 / DRAWS)
    assert np.abs(spread).max() < ALARM


def test_predictions_of_a_recursion_follow_the_recursion() -> None:
    b = bound("nested_loops")
    a, rho = jnp.array([1.0, -2.0]), 0.5
    drawn = np.asarray(jax.jit(b.predictive)({"a": a, "rho": rho, "s": QUIET}, jax.random.key(18))["y"])
    h, y = np.asarray(a), [np.asarray(a)]
    for t in range(1, 4):
        h = rho * h + b.arrays["x"][:, t]
        y.append(h + 0.1 * y[-1])
    np.testing.assert_allclose(drawn, np.stack(y, 1), atol=1e-6)


def test_one_key_gives_one_draw_and_another_key_another() -> None:
    b = bound("stochastic_volatility")
    simulate = jax.jit(b.simulate)
    first, same, other = (simulate(jax.random.key(k)) for k in (1, 1, 2))
    for name, value in first.items():
        np.testing.assert_array_equal(value, same[name])
        assert not np.isclose(value, other[name]).any(), name
