"""Bridges as values of scripts and from Python, against the closed form between normal laws."""

from __future__ import annotations

import numpy as np
import pytest

import pushforward as pf
from pushforward.api.bridges import Unfit, between, brownian, ou
from pushforward.runtime.samplers.executable import enable_x64

A, B = np.array([[1.0, 0.3], [0.3, 0.5]]), np.array([[0.6, -0.2], [-0.2, 1.5]])
ENDS = pf.loads(
    "model a(m: vector[2]) {\n  x: vector[2] ~ multi_normal(m, [[1.0, 0.3], [0.3, 0.5]])\n}\n"
    "model b() {\n  let s = 2\n  z ~ normal(1, s)\n}\nmodel two() {\n  x ~ normal(0, 1)\n  y ~ normal(x, 1)\n}\n"
)


def test_the_moments_of_written_laws_are_read_off() -> None:
    found = between(ENDS.a(np.array([1.0, 2.0])), ENDS.a(np.zeros(2)), ou(1.0, 0.5, 0.3))
    assert found.method == "gaussian" and found.found["theta"] == 1.0
    np.testing.assert_allclose(found.found["m0"], [1.0, 2.0])
    np.testing.assert_allclose(found.found["A"], A)
    scalar = between(ENDS.b(), ENDS.b(), brownian(1.0))
    np.testing.assert_allclose(scalar.found["m0"], [1.0])
    np.testing.assert_allclose(scalar.found["A"], [[4.0]])


def test_paths_reach_their_end() -> None:
    """4000 paths of 50 steps: mean and covariance of the last points. A false alarm of one of 5 at 5 standard errors:
    3e-6; an error of 0.1 would be seen. The scheme's own error is allowed 0.03."""
    enable_x64()
    found = between(ENDS.a(np.array([0.0, 0.0])), ENDS.a(np.array([1.0, -1.0])), brownian(1.0))
    drawn = found.at(np.linspace(0, 1, 51)).predict(None, seed=4, draws=4000)
    path = next(a for g in ("prior", "prior_predictive") for n, a in drawn.group(g).items() if n == "path")
    last = np.asarray(path).reshape(4000, 51, 2)[:, -1]
    np.testing.assert_allclose(last.mean(0), [1.0, -1.0], atol=0.03 + 5 * np.sqrt(1 / 4000))
    np.testing.assert_allclose(np.cov(last.T), A, atol=0.03 + 5 * np.sqrt(2 / 4000))


@pytest.mark.slow
def test_a_fitted_potential_of_one_component_is_the_normal_bridge() -> None:
    """Coordinates that are independent: its covariance of the ends is that of the closed form, to the error of draws."""
    enable_x64()
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4000, 2)), rng.normal(size=(4000, 2)) * [2.0, 0.5] + [1.0, 3.0]
    found = between(x, y, brownian(0.5), "light", components=1)
    a, b = x.var(0), y.var(0)
    wanted = (-0.25 + np.sqrt(0.0625 + a * b)) / a
    np.testing.assert_allclose(found.found["S"][0] / 0.5, wanted, rtol=1e-3)
    assert not found.warnings


def test_what_has_no_meaning_is_told() -> None:
    found = between(ENDS.b(), ENDS.b(), brownian(1.0))
    for times in ([0.2, 0.5], [0.0, 1.5], []):
        with pytest.raises(Unfit, match="begin at 0"):
            found.at(times)
    for by, settings, said in (
        ("lite", {}, "no method"), ("light", {"component": 3}, "no setting 'component'"), ("light", {"draws": 1}, "at least 2"),
        ("automatic", {"components": 3}, "no setting"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            between(ENDS.b(), ENDS.b(), brownian(1.0), by, **settings)


OTHERS = pf.loads(
    "model ring() {\n  x: vector[2] ~ normal(0, 1)\n  factor -dot_self(x)^2\n}\nmodel half() {\n  x: positive ~ normal(0, 1)\n}\n"
)


def test_what_cannot_be_an_end_is_told() -> None:
    for start, end, said in (
        (OTHERS.ring(), ENDS.a(np.zeros(2)), "besides its site"), (OTHERS.half(), ENDS.b(), "without bounds"),
        (ENDS.two(), ENDS.b(), "variables"), (ENDS.b().condition(z=1.0), ENDS.b(), "conditioned"),
        (ENDS.b(), np.zeros((3, 2)), "coordinates"), (ENDS.b(), np.array([[np.nan]]), "finite"),
    ):  # fmt: skip
        try:
            between(start, end, brownian(1.0))
        except Unfit as error:
            assert said in str(error)
        else:
            raise AssertionError(said)
