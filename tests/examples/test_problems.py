"""The examples of problems: they are formatted, check, and show the numbers that they must."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pushforward.runtime.samplers.executable import enable_x64
from tests.examples.scripts import ROOT as EXAMPLES
from tests.examples.scripts import formatted_and_checked, script

ROOT = EXAMPLES / "problems"
FILES = sorted(ROOT.rglob("*.pf"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_it_is_formatted_and_checks(path: Path) -> None:
    formatted_and_checked(path)


@pytest.mark.parametrize("rule", ['implicit(dense("cholesky"))', "implicit(cg())"])
def test_the_hypergradient_of_ridge_is_exact(rule: str) -> None:
    enable_x64()
    run = script("problems/tune_ridge")
    assert run.relative_error(rule, run.data()) < 1e-8


def test_a_short_series_gives_the_terms_that_it_has() -> None:
    """k terms and k steps leave what the eigenvalues of H say: the part (1 - lambda / L)^k of H^-1 c is missing."""
    enable_x64()
    run = script("problems/tune_ridge")
    d, k = run.data(), 50
    step = 1 / run.largest_curvature(d)
    penalty = np.full(10, np.exp(run.THETA))
    h = d["Xt"].T @ d["Xt"] / 300 + np.diag(penalty)
    w = np.linalg.solve(h, d["Xt"].T @ d["yt"] / 300)
    rest = np.linalg.matrix_power(np.eye(10) - step * h, k)
    missing = penalty * w * (rest @ np.linalg.solve(h, d["Xv"].T @ (d["Xv"] @ w - d["yv"]) / 142))
    wanted = run.exact(d) + missing
    series = run.hypergradient(f"implicit(neumann({k}, step={step!r}))", d)
    steps = run.hypergradient(f"truncated({k})", d, run.descent(step))
    np.testing.assert_allclose(series, wanted, rtol=1e-8)
    np.testing.assert_allclose(steps, wanted, rtol=1e-6)


def test_the_implicit_jacobian_is_as_wrong_as_the_solution() -> None:
    """From 400 to 1600 steps on a line of slope one, with the unrolled one above it by more than a half."""
    enable_x64()
    run = script("problems/jacobian_error")
    x, y = run.data()
    pairs = [run.errors("implicit", steps, x, y) for steps in (400, 1600)]
    assert run.slope(pairs) == pytest.approx(1, abs=0.02)
    inner, unrolled = run.errors("unroll", 400, x, y)
    assert inner == pytest.approx(pairs[0][0])
    assert unrolled > 1.5 * pairs[0][1]


@pytest.mark.parametrize("rule", ["implicit(cg())", "onestep()", "penalty(1e-2)"])
def test_the_quadratic_hypergradient_has_its_closed_form(rule: str) -> None:
    enable_x64()
    run = script("problems/quadratic_bilevel")
    assert run.gradient_error(rule, run.RULES[rule], run.data()) < 1e-9


def test_the_quadratic_optimum_has_its_closed_form() -> None:
    enable_x64()
    run = script("problems/quadratic_bilevel")
    error, converged = run.optimum_error("implicit(dense())", "newton()", run.data())
    assert converged and error < 1e-7


def test_the_hypergradient_is_exact_at_the_boundary_of_the_simplices() -> None:
    """Half of the dual weights are 0; the face is checked to be that of the solution."""
    enable_x64()
    run = script("problems/svm_dual")
    for e in run.errors(run.data(20, 6, 3)):
        assert e["unsolved"] < 1e-8 and e["zero"] > 0.3
        assert abs(e["exact"]) > 1e-4 and e["error"] < 1e-7


@pytest.mark.slow
def test_the_constrained_lower_level_has_its_solution() -> None:
    enable_x64()
    run = script("problems/constrained_lower")
    solved = run.solve(3)
    assert bool(solved.converged)
    assert max(run.relative_errors(solved).values()) < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("way", ["f2sa", "implicit(cg())"])
def test_wrong_labels_are_found(way: str) -> None:
    """At the sizes of the example. Equal weights find nothing: a half."""
    enable_x64()
    run = script("problems/hyper_cleaning")
    d, flipped = run.data()
    cleaned = run.clean(way, d, flipped)
    assert cleaned.area > 0.95 and cleaned.loss < 0.8
    assert run.area(np.ones(len(flipped)), flipped) == 0.5


@pytest.mark.slow
def test_the_gradient_through_the_minimum_of_a_guide_is_unbiased() -> None:
    """|z| < 4 of two parts: a false alarm in 1.3e-4 of all seeds. Control: the minimum as a constant."""
    enable_x64()
    run = script("problems/inverse")
    assert np.abs(run.gradient_z(-0.4, 0.3)).max() < 4
    assert abs(run.gradient_z(-0.4, 0.3, draws=2000, rule="stop()")[0]) > 4


@pytest.mark.slow
def test_the_inverse_problem_has_its_posterior() -> None:
    """By NUTS within four errors; by a guide whose steps fall within 0.05 of the mean, its bound below the evidence."""
    enable_x64()
    run = script("problems/inverse")
    mean, sd, evidence = run.exact(*run.data())
    found = run.sample().summary()["t"]
    assert abs(found["mean"] - mean) < 4 * found["mcse_mean"] and found["sd"] == pytest.approx(sd, rel=0.1)
    fitted = run.fit()
    assert run.location(float(fitted.params["a"])) == pytest.approx(mean, abs=0.05)
    assert evidence - 0.02 < fitted.value < evidence + 0.005
