"""Draws from Python: tiny runs, what they hold, and what is said of models that cannot be sampled.

One posterior is drawn for all tests of the file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pushforward as pf
from pushforward.api import Bound, Posterior
from pushforward.dsl.diagnostic import ProgramError
from pushforward.runtime.data import DataError
from pushforward.runtime.samplers import executable

TEXT = """\
model line(x: vector[N]) {
  a ~ normal(0, 5)
  b ~ normal(0, 5)
  s ~ half_normal(2)
  let mean = a + b * x
  y ~ normal(mean, s)
  return {mean, slope = 2 * b}
}
"""
X = np.linspace(-1, 1, 12)
Y = 1.0 + 2.0 * X + 0.1 * np.sin(7 * X)
FEW = dict(chains=2, warmup=150, draws=100, seed=5)


@pytest.fixture(scope="module")
def bound() -> Bound:
    return pf.loads(TEXT, "line.pf").line(X).condition(y=Y)


@pytest.fixture(scope="module")
def posterior(bound: Bound) -> Posterior:
    executable.enable_x64()
    return bound.sample(**FEW)


def test_shapes_and_names(posterior: Posterior) -> None:
    """Variables first, then what the program returns; chains and draws in front."""
    assert {n: posterior[n].shape for n in ("a", "b", "s", "mean", "slope")} == {
        "a": (2, 100), "b": (2, 100), "s": (2, 100), "mean": (2, 100, 12), "slope": (2, 100),
    }  # fmt: skip
    assert posterior["a"].dtype == np.float64
    with pytest.raises(KeyError):
        posterior["nothing"]


def test_draws_are_of_the_posterior(posterior: Posterior) -> None:
    """Twelve points almost on a line: wide tolerances (20 standard errors of 200 draws) find only gross errors."""
    assert abs(posterior["a"].mean() - 1.0) < 0.1
    assert abs(posterior["b"].mean() - 2.0) < 0.2
    assert (posterior["s"] > 0).all() and posterior["s"].mean() < 0.3


def test_generated_quantities_belong_to_their_draws(posterior: Posterior) -> None:
    np.testing.assert_allclose(posterior["slope"], 2 * posterior["b"], rtol=1e-12)
    mean = posterior["a"][..., None] + posterior["b"][..., None] * X
    np.testing.assert_allclose(posterior["mean"], mean, rtol=1e-10)


def test_summary_diagnostics_and_advice(posterior: Posterior) -> None:
    row = posterior.summary()["a"]
    assert {"mean", "sd"} <= row.keys() and np.isfinite(list(row.values())).all()
    assert "slope" in str(posterior.summary()) and len(posterior.summary()) == 4 + 12
    assert posterior.diagnostics["divergences"] == 0 and len(posterior.diagnostics["ebfmi"]) == 2
    assert posterior.diagnostics["gradient_evaluations"] > 0
    assert set(posterior.timing) == {"compile_s", "warmup_s", "sampling_s"}
    assert all(advice.sentence if hasattr(advice, "sentence") else str(advice) for advice in posterior.advice)


def test_the_same_seed_gives_the_same_draws(bound: Bound, posterior: Posterior) -> None:
    again = bound.sample(**FEW)
    np.testing.assert_array_equal(again["a"], posterior["a"])
    other = bound.sample(**{**FEW, "seed": 6})
    assert not np.isclose(other["a"], posterior["a"]).any()


def test_starting_values_may_be_given(bound: Bound) -> None:
    drawn = bound.sample(chains=1, warmup=0, draws=1, seed=0, init={"a": 1.0, "b": 2.0, "s": 0.1})
    assert drawn["a"].shape == (1, 1)


def test_predictions_from_the_posterior(bound: Bound, posterior: Posterior) -> None:
    drawn = bound.predict(posterior, seed=1)
    y = drawn.posterior_predictive["y"]
    assert y.shape == (2, 100, 12)
    assert np.abs(y.mean((0, 1)) - (1.0 + 2.0 * X)).max() < 0.3
    np.testing.assert_array_equal(bound.predict(posterior.draws, seed=1).posterior_predictive["y"], y)
    few = bound.predict(posterior, seed=1, draws=7)
    assert few.posterior_predictive["y"].shape == (1, 7, 12)
    np.testing.assert_array_equal(few.observed_data["y"], Y)


def test_predictions_from_the_prior(bound: Bound) -> None:
    drawn = bound.predict(seed=2, draws=50)
    assert drawn.prior["a"].shape == (1, 50) and drawn.prior["mean"].shape == (1, 50, 12)
    assert drawn.prior_predictive["y"].shape == (1, 50, 12)
    assert abs(drawn.prior["a"].std() - 5.0) < 2.5  # 5 standard errors of the sd of 50 draws


def test_draws_become_arviz(posterior: Posterior, tmp_path: Path) -> None:
    arviz = pytest.importorskip("arviz")
    data = posterior.to_arviz()
    assert data.posterior["mean"].shape == (2, 100, 12)
    assert {"diverging", "lp"} <= set(data.sample_stats)
    np.testing.assert_array_equal(data.observed_data["y"], Y)
    np.testing.assert_array_equal(data.constant_data["x"], X)
    posterior.write_netcdf(tmp_path / "draws.nc")
    np.testing.assert_array_equal(arviz.from_netcdf(tmp_path / "draws.nc").posterior["a"], posterior["a"])


# ---------------------------------------------------------------- what cannot be sampled


def test_nothing_to_sample() -> None:
    bound = pf.loads("model m() { x ~ normal(0, 1) }").m().condition(x=1.0)
    with pytest.raises(ProgramError) as caught:
        bound.sample(chains=1, warmup=1, draws=1)
    assert [d.code for d in caught.value.diagnostics] == ["PF703"]


def test_a_discrete_variable_is_not_sampled_yet() -> None:
    bound = pf.loads("model m() {\n  k ~ poisson(3)\n  y ~ normal(k, 1)\n}").m().condition(y=1.0)
    with pytest.raises(ProgramError) as caught:
        bound.sample(chains=1, warmup=1, draws=1)
    assert [d.code for d in caught.value.diagnostics] == ["PF491"]


def test_no_starting_point_is_told_factor_by_factor() -> None:
    bound = pf.loads("model m(y: real) {\n  x ~ normal(0, 1)\n  factor log(x - 1000)\n}").m(0.0)
    with pytest.raises(ProgramError) as caught:
        bound.sample(chains=1, warmup=1, draws=1)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "PF704" and "x (line 2)" in diagnostic.notes[0]


def test_problems_of_the_data_come_before_anything_is_compiled() -> None:
    with pytest.raises(DataError):
        pf.loads(TEXT).line(X).condition(y=Y[:3]).sample(**FEW)
