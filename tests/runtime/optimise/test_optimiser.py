"""Optimisers and schedules by name, and what is said of wrong ones."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime.optimise.descent import stride_of
from pushforward.runtime.optimise.fit import fit
from pushforward.runtime.optimise.optimiser import optimiser, optimisers
from pushforward.runtime.optimise.schedule import schedule, schedules
from tests.runtime.optimise.problems import bowl, quiet


@pytest.mark.parametrize("name", ["adam", "sgd", "rmsprop", "adamw", "lion", "yogi", "adafactor"])
def test_optimisers_by_name_climb(name: str) -> None:
    rate = {"adafactor": 0.3, "sgd": 1e-2}.get(name, 2e-2)
    found = fit(bowl, {"x": jnp.zeros(3)}, sense="maximize", optimiser=optimiser(name, rate, steps=400))
    # -8.25 is the objective at the start, -3 the best there is.
    assert found.value > -4, name


def test_a_line_search_is_given_the_objective() -> None:
    found = fit(quiet, {"x": 0.0}, sense="minimize", optimiser=optimiser("lbfgs", steps=10))
    assert found.params["x"] == pytest.approx(3.0, abs=1e-3)


def test_clipping_bounds_the_step() -> None:
    spec = optimiser("sgd", 1.0, steps=1, clip=0.25)
    found = fit(bowl, {"x": jnp.zeros(3)}, sense="maximize", optimiser=spec)
    assert float(jnp.linalg.norm(found.params["x"])) == pytest.approx(0.25, rel=1e-5)


def test_keywords_reach_the_optimiser() -> None:
    spec = optimiser("adam", 0.1, steps=3, b1=0.0, b2=0.0, eps=1e-12)
    found = fit(bowl, {"x": jnp.zeros(3)}, sense="maximize", optimiser=spec)
    # Without memory Adam moves every element by the learning rate, up or down.
    assert np.isin(np.abs(np.asarray(found.params["x"])).round(4), [0.1, 0.3]).all()


def test_there_are_many_and_no_transformations_among_them() -> None:
    names = set(optimisers())
    assert {"adam", "adamw", "lbfgs", "lamb", "novograd", "radam", "rprop", "sm3"} <= names
    assert not names & {"clip", "trace", "scale_by_learning_rate", "ema"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: optimiser("adamm", 0.1), "there is no optimiser 'adamm' in optax; did you mean adam"),
        (lambda: optimiser("clip", 0.1), "there is no optimiser 'clip' in optax"),
        (lambda: optimiser("adam", 0.1, beta1=0.9), "adam takes no beta1"),
        (lambda: optimiser("adam", 0.1, step=100), "adam takes no step; did you mean steps"),
        (lambda: optimiser("adam"), "adam needs a learning rate"),
        (lambda: optimiser("adam", -0.1), "the learning rate must be a positive number; it is -0.1"),
        (lambda: optimiser("adam", 0.1, b1="x"), "optax cannot make adam"),
        (lambda: optimiser("adam", 0.1, steps=0), "steps must be a whole number, at least 1; it is 0"),
        (lambda: optimiser("adam", 0.1, steps=2.5), "steps must be a whole number"),
        (lambda: optimiser("adam", 0.1, clip=0.0), "clip must be a positive number"),
        (lambda: optimiser("adam", 0.1, jitter=-1.0), "jitter must be a number, at least 0"),
        (lambda: optimiser("adam", 0.1, average=1.5), "average must be true, false or a share"),
        (lambda: optimiser("adam", 0.1, restarts=True), "restarts must be a whole number"),
        (lambda: optimiser("adam", 0.1, patience=1), "patience must be a whole number, at least 2"),
        (lambda: optimiser("adam", 0.1, schedule="cosin"), "there is no schedule 'cosin'; did you mean cosine"),
        (lambda: optimiser("adam", 0.1, schedule=("cosine", {"alfa": 1})), "the schedule cosine takes no alfa; did you mean alpha"),
        (lambda: optimiser("adam", 0.1, schedule="polynomial"), "the schedule polynomial needs power"),
        (lambda: optimiser("adam", 0.1, schedule="piecewise"), "needs boundaries"),
        (lambda: optimiser("adam", 0.1, schedule=("piecewise", {"boundaries": [1], "scales": [1, 2]})), "1 boundaries and 2 scales"),
        (lambda: optimiser("lbfgs", schedule="cosine"), "lbfgs needs a learning rate for its schedule"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("cosine", {}, {0: 1.0, 50: 0.5, 100: 0.0}),
        ("cosine", {"alpha": 0.1}, {100: 0.1}),
        ("linear", {}, {0: 1.0, 25: 0.75, 100: 0.0}),
        ("linear", {"end_value": 0.5}, {100: 0.5}),
        ("exponential", {}, {0: 1.0, 50: 0.1**0.5, 100: 0.1}),
        ("warmup_cosine", {}, {0: 0.0, 10: 1.0, 55: 0.5, 100: 0.0}),
        ("piecewise", {"boundaries": [10, 20], "scales": [0.5, 0.1]}, {5: 1.0, 15: 0.5, 30: 0.05}),
        ("constant", {}, {0: 1.0, 100: 1.0}),
    ],
)
def test_schedules_peak_at_the_learning_rate(name: str, given: Any, expected: dict[int, float]) -> None:
    rate = schedule(name, given, peak=1.0, steps=100)
    assert {step: float(rate(step)) for step in expected} == pytest.approx(expected, abs=1e-6)


def test_every_schedule_has_a_name() -> None:
    assert {"cosine", "linear", "exponential", "warmup_cosine", "piecewise", "polynomial"} <= set(schedules())


def test_a_schedule_acts() -> None:
    given = {"boundaries": [1], "scales": [0.0]}
    spec = optimiser("sgd", 0.5, steps=5, schedule=("piecewise", given))
    found = fit(quiet, {"x": 0.0}, sense="minimize", optimiser=spec)
    assert float(found.params["x"]) == pytest.approx(3.0), "one step of half the inverse curvature, then none"


def test_strides_end_where_the_steps_and_patience_do() -> None:
    lengths = {(5000, None): 50, (4096, None): 64, (1009, None): 1, (5000, 300): 50, (5000, 33): 1}
    for (steps, patience), stride in lengths.items():
        assert stride_of(optimiser("adam", 0.1, steps=steps, patience=patience)) == stride
