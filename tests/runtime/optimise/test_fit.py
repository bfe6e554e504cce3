"""Fits of objectives that are known exactly: where they end, what they report, and how they end."""

from __future__ import annotations

import threading
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from pushforward.runtime.optimise import fit as fitting
from pushforward.runtime.optimise import record as recording
from pushforward.runtime.optimise.fit import fit
from pushforward.runtime.optimise.optimiser import optimiser
from pushforward.runtime.optimise.result import Event, FitResult, Outcome
from tests.runtime.optimise.problems import TARGET, bowl, quiet, two_hills

jax.config.update("jax_enable_x64", True)

ZERO = {"x": jnp.zeros(3)}


def maximise(**settings: Any) -> FitResult:
    return fit(bowl, ZERO, sense="maximize", optimiser=optimiser("adam", 2e-2, **{"steps": 2000} | settings))


@pytest.fixture(scope="module")
def result() -> FitResult:
    return maximise(schedule="cosine")


def test_the_optimum_is_reached_and_known_to_be(result: FitResult) -> None:
    # The noise of the gradient is proportional to the distance, so the end is exact.
    np.testing.assert_allclose(result.params["x"], TARGET, atol=1e-3)
    assert result.converged and result.convergence.startswith("converged")
    assert result.outcome is Outcome.COMPLETED and result.steps_taken == 2000
    assert result.sentence == "all steps were made (2,000 steps)"


def test_the_value_is_within_its_standard_error(result: FitResult) -> None:
    # The noise at the optimum is 0.5 N(0, 1): the standard error of 1000 estimates is known. z below 4 has a
    # false-alarm rate of 6e-5.
    assert result.estimates == 1000
    assert result.stderr == pytest.approx(0.5 / np.sqrt(1000), rel=0.1)
    assert abs(result.value + 3.0) < 4 * result.stderr
    assert not abs(result.value + 3.1) < 4 * result.stderr, "an error of a tenth is seen"


def test_minimising_has_the_opposite_sign() -> None:
    def negated(params: Any, key: Any) -> Any:
        return -bowl(params, key)

    found = fit(negated, ZERO, sense="minimize", optimiser=optimiser("adam", 2e-2, steps=2000, schedule="cosine"))
    np.testing.assert_allclose(found.params["x"], TARGET, atol=1e-3)
    assert found.value > 2.5 and found.trace.values[:50].mean() > found.trace.values[-50:].mean()


def test_the_trace_is_of_the_objective_step_by_step(result: FitResult) -> None:
    assert result.trace.steps.tolist() == list(range(2000)) and result.trace.values.shape == (2000,)
    assert result.trace.values[:20].mean() < -4 < result.trace.values[-200:].mean()


def test_a_long_trace_is_thinned(monkeypatch: pytest.MonkeyPatch, result: FitResult) -> None:
    monkeypatch.setattr(recording, "LONGEST_TRACE", 700)
    thin = maximise(schedule="cosine")
    assert thin.trace.steps.tolist() == list(range(0, 2000, 4))
    np.testing.assert_array_equal(thin.trace.values, result.trace.values[::4])


def test_where_blocks_end_changes_no_bit(monkeypatch: pytest.MonkeyPatch, result: FitResult) -> None:
    monkeypatch.setattr(fitting, "BLOCK_SECONDS", 0.0)
    again = maximise(schedule="cosine")
    np.testing.assert_array_equal(again.params["x"], result.params["x"])
    np.testing.assert_array_equal(again.trace.values, result.trace.values)
    assert (again.value, again.stderr, again.convergence) == (result.value, result.stderr, result.convergence)


def test_another_seed_is_another_fit(result: FitResult) -> None:
    spec = optimiser("adam", 2e-2, steps=2000, schedule="cosine")
    other = fit(bowl, ZERO, sense="maximize", optimiser=spec, seed=1)
    assert not np.isin(other.trace.values, result.trace.values).any()


def test_the_gradient_and_its_noise_are_measured() -> None:
    # d/dx of (e . d)^2 is 2 (e . d) e, with mean 2 d and covariance 4 (|d|^2 I + d d'); at x = 0 and a
    # learning rate of almost nothing d is the target: |2 d|^2 = 21, and the trace is 4 * 4 * 5.25 = 84.
    spec = optimiser("sgd", 1e-12, steps=100)
    noise = fit(bowl, ZERO, sense="maximize", optimiser=spec, estimates=10_000).gradient_noise["x"]
    assert noise.sd == pytest.approx(np.sqrt(84), rel=0.1)
    # The standard error of the mean is sqrt(84 / 10000) = 0.092 in norm: 5 of them.
    assert noise.mean_norm == pytest.approx(np.sqrt(21), abs=0.46)


def test_steps_that_are_too_few_are_seen() -> None:
    for found in (maximise(steps=60), maximise(steps=400, average=True)):
        assert not found.converged and "would still gain" in found.convergence


def test_a_rate_that_does_nothing_is_not_convergence() -> None:
    found = fit(bowl, ZERO, sense="maximize", optimiser=optimiser("sgd", 1e-9, steps=1000))
    assert not found.converged and "along the mean gradient would still gain" in found.convergence


def test_an_objective_without_noise_converges() -> None:
    found = fit(quiet, {"x": 0.0}, sense="minimize", optimiser=optimiser("adam", 0.05, steps=1000, patience=100))
    assert found.value == pytest.approx(1.0, abs=1e-8) and found.stderr == 0.0 and found.converged


def test_restarts_leave_a_bad_optimum() -> None:
    def climb(restarts: int) -> FitResult:
        spec = optimiser("adam", 0.05, steps=400, restarts=restarts, jitter=3.0)
        return fit(two_hills, {"x": -3.0}, sense="maximize", optimiser=spec, seed=2)

    alone, several = climb(1), climb(6)
    assert alone.params["x"] == pytest.approx(-3.0, abs=0.3)
    assert several.params["x"] == pytest.approx(3.0, abs=0.3) and several.value > 3.9
    assert len(several.restarts) == 6 and several.best_restart == int(np.argmax(several.restarts)) > 0
    assert several.restarts[0] < 1.5, "the first start is the given one"


def test_patience_stops_when_nothing_improves_and_not_before() -> None:
    patient = maximise(steps=50_000, patience=500)
    assert patient.outcome is Outcome.SETTLED and patient.steps_taken < 5000 and patient.steps_taken % 500 == 0
    np.testing.assert_allclose(patient.params["x"], TARGET, atol=0.05)
    slow = maximise(steps=500, patience=100)
    assert slow.outcome is Outcome.COMPLETED, "the objective improves all the time"


def test_stopping_keeps_what_there_is() -> None:
    stop, events = threading.Event(), list[Event]()

    def watch(event: Event) -> None:
        events.append(event)
        if event.step >= 300:
            stop.set()

    spec = optimiser("adam", 2e-2, steps=10**7, restarts=3)
    found = fit(bowl, ZERO, sense="maximize", optimiser=spec, stop=stop, progress=watch)
    assert found.stopped and found.steps_taken == events[-1].step == len(found.trace.values) < 10**7
    assert found.value > -8 and np.isfinite(found.stderr)
    assert np.isfinite(found.restarts[0]) and np.isnan(found.restarts[1:]).all()
    assert [e.step for e in events] == sorted(e.step for e in events) and events[-1].steps == 10**7


def test_stopping_before_the_first_step_keeps_the_initial_parameters() -> None:
    stop = threading.Event()
    stop.set()
    found = fit(bowl, ZERO, sense="maximize", optimiser=optimiser("adam", 0.1), stop=stop)
    assert found.steps_taken == 0 and found.stopped and not found.params["x"].any()


def broken_value(params: Any, key: Any) -> Any:
    return bowl(params, key) + jnp.where(params["x"][0] > 0.5, jnp.nan, 0.0)


def broken_gradient(params: Any, key: Any) -> Any:
    x, y = jax.lax.stop_gradient(params["x"][0]), params["y"]
    return bowl(params, key) + jnp.sqrt(jnp.maximum(0.5 - x, 0.0) + y**2)


@pytest.mark.parametrize("stride", [1, 50])
def test_a_value_that_is_not_finite_ends_it_at_its_step(stride: int) -> None:
    spec = optimiser("adam", 2e-2, steps=1000 if stride == 50 else 1009)
    found = fit(broken_value, ZERO, sense="maximize", optimiser=spec)
    assert found.outcome is Outcome.VALUE and not found.converged
    assert 25 <= found.steps_taken < 100 and len(found.trace.values) == found.steps_taken
    # The parameters are those at which the value was not finite: finite themselves, and just beyond 0.5.
    assert 0.5 < found.params["x"][0] < 0.53
    assert found.sentence.startswith(f"at step {found.steps_taken}, the estimate of the objective was not finite")
    assert "are not finite" in found.convergence


def test_a_gradient_that_is_not_finite_is_named() -> None:
    # The root's slope at zero is infinite, as soon as x[0] exceeds 0.5; until then all is well.
    initial = ZERO | {"y": jnp.zeros(())}
    found = fit(broken_gradient, initial, sense="maximize", optimiser=optimiser("adam", 2e-2, steps=1000))
    assert found.outcome is Outcome.GRADIENT and found.failed == ("y",)
    assert "(y), the gradient was not finite" in found.sentence
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(found.params))


def test_an_update_that_overflows_is_told_apart() -> None:
    def slope(params: Any, key: Any) -> Any:
        return 1e-3 * params["x"] + 0 * jax.random.normal(key)

    found = fit(slope, {"x": 0.0}, sense="maximize", optimiser=optimiser("sgd", 1e308, steps=5000))
    # The largest float is 1.797e308, and each step is 1e305.
    assert found.outcome is Outcome.UPDATE and found.steps_taken == 1797 and "smaller learning rate" in found.sentence
    assert np.isfinite(found.params["x"]) and not found.converged


def test_the_average_of_the_tail_is_less_noisy() -> None:
    def noisy(params: Any, key: Any) -> Any:
        return -0.5 * jnp.sum(params["x"] ** 2) + 3 * jnp.dot(jax.random.normal(key, (50,)), params["x"])

    def distance(average: bool) -> float:
        spec = optimiser("sgd", 0.1, steps=4000, average=average)
        return float(jnp.sum(fit(noisy, {"x": jnp.ones(50)}, sense="maximize", optimiser=spec).params["x"] ** 2))

    # In the long run 50 * 9 * 0.1 / 1.9 = 24 without averaging, and about 50 * 9 / 2000 = 0.2 with it.
    assert distance(average=True) < 1.0 < 10.0 < distance(average=False)


def test_samples_take_the_noise_out_of_a_step() -> None:
    few, many = (maximise(steps=300, samples=n) for n in (1, 64))
    assert many.trace.values[-100:].std() < few.trace.values[-100:].std() / 4


def test_types_of_parameters_are_kept() -> None:
    initial = {"a": jnp.zeros(2, jnp.float32), "b": [jnp.zeros((), jnp.float64)]}

    def mixed(params: Any, key: Any) -> Any:
        return -jnp.sum((params["a"] - 1) ** 2) - (params["b"][0] - 2) ** 2

    for name in ("adam", "adafactor"):
        found = fit(mixed, initial, sense="maximize", optimiser=optimiser(name, 0.05, steps=300, average=True))
        assert found.params["a"].dtype == jnp.float32 and found.params["b"][0].dtype == jnp.float64
        assert sorted(found.gradient_noise) == ["a", "b.0"]
        assert found.value > -1


def test_bound_data_are_arguments_and_not_constants() -> None:
    def regression(data: Any, params: Any, key: Any) -> Any:
        rows = jax.random.randint(key, (16,), 0, data.shape[0])
        return -jnp.mean((data[rows] - params["m"]) ** 2)

    data = jnp.array(np.random.default_rng(0).normal(2.0, 1.0, 500))
    spec = optimiser("adam", 0.05, steps=1000, schedule="linear")
    found = fit(Partial(regression, data), {"m": 0.0}, sense="maximize", optimiser=spec)
    assert found.params["m"] == pytest.approx(float(data.mean()), abs=0.1)


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        ({}, "no parameters"),
        ({"n": 3}, "the parameter n must be floating"),
        ({"x": jnp.array([0.0, jnp.nan, 1.0])}, "the parameter x must be finite"),
    ],
)
def test_parameters_that_cannot_be_fitted_are_refused(initial: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(lambda p, k: jnp.zeros(()), initial, sense="minimize", optimiser=optimiser("adam", 0.1))


def test_an_estimate_must_be_a_scalar() -> None:
    with pytest.raises(ValueError, match="floating scalar"):
        fit(lambda p, k: p["x"], ZERO, sense="minimize", optimiser=optimiser("adam", 0.1))
