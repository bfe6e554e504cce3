"""Diagnostics against ArviZ, and on draws whose trouble is known."""

from __future__ import annotations

import arviz
import numpy as np
import pytest

from pushforward.runtime.diagnostics.energy import ebfmi
from pushforward.runtime.diagnostics.ess import ess_bulk, ess_mean, ess_tail, mcse_mean
from pushforward.runtime.diagnostics.ranks import Floats, average_ranks
from pushforward.runtime.diagnostics.rhat import rhat
from pushforward.runtime.diagnostics.summary import summarise


def autoregressive(coefficient: float, chains: int, draws: int, seed: int) -> Floats:
    noise = np.random.default_rng(seed).normal(size=(chains, draws))
    out = np.zeros((chains, draws))
    for t in range(1, draws):
        out[:, t] = coefficient * out[:, t - 1] + noise[:, t]
    return out


CASES = {
    "independent": np.random.default_rng(1).normal(size=(4, 1000)),
    "slow": autoregressive(0.97, 4, 1000, 2),
    "alternating": autoregressive(-0.8, 4, 1000, 3),
    "odd number": autoregressive(0.5, 3, 801, 4),
    "ties": np.random.default_rng(5).poisson(1.5, size=(4, 600)).astype(float),
    "apart": np.random.default_rng(6).normal(size=(4, 500)) + np.arange(4.0)[:, None],
    "spreads differ": np.random.default_rng(7).normal(size=(4, 500))
    * np.array([1.0, 1.0, 1.0, 4.0])[:, None],
    "heavy tails": np.random.default_rng(8).standard_cauchy(size=(4, 1000)),
    "two chains of few": autoregressive(0.3, 2, 10, 9),
    "trend": np.random.default_rng(10).normal(size=(2, 300)) + np.linspace(0, 5, 300),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_agrees_with_arviz(name: str) -> None:
    draws = CASES[name]
    for ours, method, call in (
        (ess_bulk, "bulk", arviz.ess), (ess_tail, "tail", arviz.ess), (ess_mean, "mean", arviz.ess),
        (rhat, "rank", arviz.rhat), (mcse_mean, "mean", arviz.mcse),
    ):  # fmt: skip
        np.testing.assert_allclose(
            ours(draws), call(draws, method=method), rtol=1e-8, err_msg=f"{method} {call.__name__}"
        )


def test_ebfmi_agrees_with_arviz() -> None:
    energy = autoregressive(0.9, 4, 500, 11)
    np.testing.assert_allclose(ebfmi(energy), arviz.bfmi(energy), rtol=1e-12)


def test_many_parameters_at_once_are_each_alone() -> None:
    draws = np.stack([autoregressive(c, 4, 250, i) for i, c in enumerate((0.0, 0.5, 0.9, 0.99))])
    for diagnostic in (ess_bulk, ess_tail, ess_mean, mcse_mean, rhat):
        alone = np.array([diagnostic(one) for one in draws])
        np.testing.assert_allclose(diagnostic(draws), alone, rtol=1e-12)


def test_one_chain_is_judged_by_its_halves() -> None:
    draws = CASES["trend"][:1]
    assert rhat(draws) > 1.5
    np.testing.assert_allclose(ess_bulk(draws), arviz.ess(draws, method="bulk"), rtol=1e-8)


def test_ranks_share_ties() -> None:
    assert average_ranks(np.array([[3.0, 1.0, 3.0, 2.0]])).tolist() == [[3.5, 1.0, 3.5, 2.0]]


def test_constant_and_broken_draws() -> None:
    constant, broken = np.ones((4, 100)), np.ones((4, 100))
    broken[2, 3] = np.nan
    assert ess_bulk(constant) == 400 and np.isnan(rhat(constant))
    assert np.isnan([ess_bulk(broken), ess_tail(broken), ess_mean(broken), rhat(broken)]).all()


def test_fewer_than_four_draws_have_no_diagnostics() -> None:
    draws = np.random.default_rng(0).normal(size=(4, 3))
    assert np.isnan([ess_bulk(draws), ess_tail(draws), rhat(draws), mcse_mean(draws)]).all()


def test_summary_has_a_row_a_parameter() -> None:
    draws = np.stack([CASES["independent"], CASES["slow"]], axis=-1)
    table = summarise(draws)
    reference = arviz.summary(
        arviz.convert_to_dataset({"x": draws}), round_to="none", stat_funcs={"median": np.median}, extend=True
    )
    np.testing.assert_allclose(table.mean, reference["mean"], rtol=1e-12)
    np.testing.assert_allclose(table.sd, reference["sd"], rtol=1e-10)
    np.testing.assert_allclose(table.ess_bulk, reference["ess_bulk"], rtol=1e-8)
    np.testing.assert_allclose(table.ess_tail, reference["ess_tail"], rtol=1e-8)
    np.testing.assert_allclose(table.q50, reference["median"], rtol=1e-12)
    assert (table.q05 < table.q50).all() and (table.q50 < table.q95).all()
