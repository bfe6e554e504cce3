"""`laplace`: against models whose posterior is normal, a Laplace approximation worked out by hand, and reference draws."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar

import pushforward as pf
from pushforward.cli import main
from pushforward.dsl.diagnostic import ProgramError
from pushforward.runtime.data import read_file

PROGRAMS = """
model regression(X: matrix[N, D], s: positive) {
  b: vector[D] ~ normal(0, 2)
  y: vector[N] ~ normal(X * b, s)
}
model rate(k: int) {
  p: unit ~ beta(2, 3)
  k ~ binomial(10, p)
}
model learned(y: vector[N]) {
  param s: positive = 3
  b ~ normal(0, s)
  y ~ normal(b, 1)
}
model flat_direction(y: vector[N]) {
  a ~ flat()
  b ~ flat()
  y ~ normal(a + b, 1)
}
model unbounded(y: vector[N]) {
  mu ~ normal(0, 1)
  s: positive ~ flat()
  y ~ normal(mu, 1)
  x: vector[2] ~ normal(mu, s)
}
model bounded(y: vector[N]) {
  a: unit ~ beta(2, 2)
  b: real<lower=a, upper=1 + a> ~ normal(0, 1)
  y ~ normal(a + b, 1)
}
model kinked(y: real) {
  a ~ normal(0, 1)
  y ~ normal(abs(a), 1)
}
objective density_at(p: model, u: vector[D]) {
  let g = grad(logp(p))(u)
  return logp(p)(u) + 10 * sum(g)
}
"""
RNG = np.random.default_rng(8)
X, Y = RNG.normal(size=(7, 3)), RNG.normal(size=7)
SCALE = 0.6


@pytest.fixture(scope="module", autouse=True)
def float64() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


@pytest.fixture(scope="module")
def module() -> Any:
    return pf.loads(PROGRAMS)


def test_a_normal_posterior_is_found_exactly(module: Any) -> None:
    """Mean, covariance and evidence; every estimate of the bound is the log evidence."""
    model = module.regression(X=X, s=SCALE).condition(y=Y)
    bound = pf.library.elbo(model, pf.library.laplace(model))
    precision = X.T @ X / SCALE**2 + np.eye(3) / 4
    mean, covariance = np.linalg.solve(precision, X.T @ Y / SCALE**2), np.linalg.inv(precision)
    evidence = stats.multivariate_normal(np.zeros(7), SCALE**2 * np.eye(7) + 4 * X @ X.T).logpdf(Y)
    keys = jax.random.split(jax.random.key(0), 20)
    np.testing.assert_allclose(jax.vmap(lambda k: bound.estimate({}, k))(keys), evidence, atol=1e-9)
    np.testing.assert_allclose(bound.prepared["P"], precision, rtol=1e-9)
    np.testing.assert_allclose(np.asarray(bound.prepared["x_solution"])[:3], mean, atol=1e-8)
    draws = bound.maximize(estimates=8).guide.sample(4000, seed=1).posterior["b"][0]
    # the largest of 3 standardised means exceeds 5 with probability 2e-6
    assert np.max(np.abs(draws.mean(0) - mean) / np.sqrt(np.diag(covariance) / 4000)) < 5
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=6 * np.max(np.diag(covariance)) * np.sqrt(2 / 4000))


def test_a_constrained_model_against_one_worked_out_by_hand(module: Any) -> None:
    """p | k is beta(2 + k, 3 + 10 - k); with u = logit p its density in u is p^(2 + k) (1 - p)^(13 - k) / B."""
    k, a, b = 6, 8.0, 7.0
    model = module.rate(k=k)
    bound = pf.library.elbo(model, pf.library.laplace(model))
    found = minimize_scalar(lambda u: a * np.log1p(np.exp(-u)) + b * np.log1p(np.exp(u)), tol=1e-12)
    mode, curvature = np.log(a / b), a * b / (a + b)  # p = a / (a + b), and (a + b) p (1 - p)
    np.testing.assert_allclose(found.x, mode, atol=1e-6)
    np.testing.assert_allclose(np.asarray(bound.prepared["x_solution"])[0], mode, atol=1e-8)
    np.testing.assert_allclose(np.asarray(bound.prepared["P"]), [[curvature]], rtol=1e-8)
    grid = np.linspace(-9, 9, 20001) / np.sqrt(curvature) + mode
    q = stats.norm(mode, 1 / np.sqrt(curvature))
    log_p = stats.beta(2, 3).logpdf(1 / (1 + np.exp(-grid))) + stats.binom(10, 1 / (1 + np.exp(-grid))).logpmf(k)
    log_p += -np.log1p(np.exp(-grid)) - np.log1p(np.exp(grid))
    exact = np.trapezoid(q.pdf(grid) * (log_p - q.logpdf(grid)), grid)
    fit = bound.maximize(estimates=4000)
    assert fit.converged and fit.params == {} and fit.result.steps_taken == 0
    assert abs(fit.value - exact) < 5 * fit.stderr < 0.05


def test_the_derivative_passes_through_the_mode(module: Any) -> None:
    """A parameter of the model: with a normal posterior the bound is the log evidence, and so is its gradient's."""
    y = np.array([1.0, 2.5, 1.7])
    model = module.learned(y=y)
    bound = pf.library.elbo(model, pf.library.laplace(model))
    (name,) = bound.initial()

    def evidence(free: Any) -> Any:
        covariance = jnp.eye(3) + jnp.exp(2 * free) * jnp.ones((3, 3))
        return jax.scipy.stats.multivariate_normal.logpdf(jnp.asarray(y), jnp.zeros(3), covariance)

    free = jnp.asarray(0.4)
    for key in jax.random.split(jax.random.key(3), 3):
        value, slope = jax.value_and_grad(lambda f, k=key: bound.estimate({name: f}, k))(free)
        np.testing.assert_allclose(value, evidence(free), atol=1e-9)
        np.testing.assert_allclose(slope, jax.grad(evidence)(free), atol=1e-7)


def test_the_density_of_free_coordinates(module: Any) -> None:
    model = module.rate(k=6)
    u = jnp.asarray([0.3])
    bound = module.density_at(model, u)
    value, slope = jax.value_and_grad(lambda v: model.log_density_unconstrained(v))(u)
    np.testing.assert_allclose(bound.estimate({}, jax.random.key(0)), value + 10 * slope.sum(), rtol=1e-9)


@pytest.mark.parametrize("guide", ["mean_field", "laplace"])
def test_bounds_that_are_other_unknowns(guide: str, module: Any) -> None:
    """The density at free coordinates is that of the model; every guide draws inside, and the bound stays below the
    evidence, by quadrature on a grid of a and b - a."""
    model = module.bounded(y=[0.4, 1.1])
    u = jnp.asarray([0.3, -0.7])
    value, slope = jax.value_and_grad(lambda v: model.log_density_unconstrained(v))(u)
    found = module.density_at(model, u).estimate({}, jax.random.key(0))
    np.testing.assert_allclose(found, value + 10 * slope.sum(), rtol=1e-9)
    bound = pf.library.elbo(model, getattr(pf.library, guide)(model))
    fit = bound.maximize(steps=1000, estimates=1000)
    draws = fit.guide.sample(200, seed=4).posterior
    assert np.all((draws["b"] > draws["a"]) & (draws["b"] < 1 + draws["a"]))
    grid = (np.arange(400) + 0.5) / 400
    a, b = grid[:, None], grid[:, None] + grid[None]
    inside = np.log(stats.norm.cdf(1 + a) - stats.norm.cdf(a))  # the type cuts the law of b
    log_p = stats.beta(2, 2).logpdf(a) + stats.norm.logpdf(b) - inside
    log_p = log_p + sum(stats.norm.logpdf(y, a + b) for y in (0.4, 1.1))
    evidence = np.log(np.mean(np.exp(log_p)))
    assert evidence - 0.2 < fit.value < evidence + 5 * fit.stderr


def test_the_mode_is_solved_once(module: Any) -> None:
    """Where a guide is drawn from and in its density; in a loop of draws before it."""
    model = module.regression(X=X, s=SCALE).condition(y=Y)
    text = pf.library.elbo(model, pf.library.laplace(model)).emitted.text
    assert text.count("return argmin(") == text.count("return hessian(") == 1
    before, _, after = text.partition("def estimate")
    assert "argmin(" in before and "argmin(" not in after.partition("\ndef ")[0]


@pytest.mark.parametrize("objective", ["iwelbo", "forward_kl", "dreg", "vr_iwae"])
def test_other_objectives_take_it(objective: str, module: Any) -> None:
    """With q the posterior all weights are the evidence."""
    model = module.regression(X=X, s=SCALE).condition(y=Y)
    more: dict[str, tuple[Any, ...]] = {"iwelbo": (3,), "dreg": (3,), "vr_iwae": (0.5, 3), "forward_kl": (3,)}
    bound = getattr(pf.library, objective)(model, pf.library.laplace(model), *more[objective])
    evidence = stats.multivariate_normal(np.zeros(7), SCALE**2 * np.eye(7) + 4 * X @ X.T).logpdf(Y)
    found = float(bound.estimate({}, jax.random.key(0)))
    if objective in ("iwelbo", "vr_iwae"):
        np.testing.assert_allclose(found, evidence, atol=1e-8)
    else:
        assert np.isfinite(found)


def test_where_there_is_no_strict_maximum(module: Any) -> None:
    """A flat direction, where rounding decides whether there is a Cholesky factor."""
    model = module.flat_direction(y=[1.0, 2.0])
    fit = pf.library.elbo(model, pf.library.laplace(model)).maximize(estimates=8)
    assert not fit.converged and fit.pareto_k is None
    assert any("not definite" in w and "of laplace.pf" in w for w in fit.warnings)


def test_where_there_is_no_mode(module: Any) -> None:
    """The density grows without bound as s goes to 0 with x at mu."""
    model = module.unbounded(y=[1.0, 2.0])
    fit = pf.library.elbo(model, pf.library.laplace(model)).maximize(estimates=8)
    assert not fit.converged
    assert any(w.startswith("argmin_x in line") for w in fit.warnings)


def test_a_kink_is_refused(module: Any) -> None:
    model = module.kinked(y=1.0)
    with pytest.raises(ProgramError, match="PF604"):
        _ = pf.library.elbo(model, pf.library.laplace(model)).program


ROOT = Path(__file__).parents[3]


def test_a_regression_against_reference_draws() -> None:
    """kidscore_momiq is nearly normal: means within a tenth of a standard deviation of the posterior, and those within a
    tenth. The standard error of 4000 draws is 0.016 of a standard deviation, and 0.011 for those."""
    folder = ROOT / "examples" / "posteriors" / "kidscore_momiq"
    model = pf.load(folder / "model.pf").only().with_data(read_file(folder / "data.json"))
    reference = json.loads((ROOT / "tests/posteriors/reference/kidiq-kidscore_momiq.json").read_text(encoding="utf-8"))
    guide = pf.library.elbo(model, pf.library.laplace(model)).maximize(estimates=8).guide
    posterior = guide.sample(4000, seed=2).posterior
    beta, sigma = posterior["beta"][0], posterior["sigma"][0]
    for name, draws in {"beta[0]": beta[:, 0], "beta[1]": beta[:, 1], "sigma": sigma}.items():
        wanted = reference["parameters"][name]
        assert abs(draws.mean() - wanted["mean"]) < 0.1 * wanted["sd"]
        assert abs(draws.std() / wanted["sd"] - 1) < 0.1


def test_from_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`pushforward fit` says that there was nothing to optimise, and what went wrong."""
    source, data = tmp_path / "m.pf", tmp_path / "d.json"
    data.write_text('{"y": [1.0, 2.0]}', encoding="utf-8")
    good = "model m(y: vector[N]) {\n  a ~ normal(0, 1)\n  y ~ normal(a, 1)\n}\n"
    for text, converged in ((good, True), (good.replace("a ~ normal(0, 1)", "a ~ flat()\n  b ~ flat()"), False)):
        source.write_text(text.replace("normal(a, 1)", "normal(a + b, 1)") if not converged else text, encoding="utf-8")
        assert main(["fit", str(source), "--data", str(data), "--guide", "laplace", "--json", "--no-cache"]) == 0
        said = capsys.readouterr()
        found = json.loads(said.out)
        assert found["steps"] == 0 and found["params"] == {} and found["converged"] is converged
        assert ("not definite" in said.err) is not converged
    evidence = stats.multivariate_normal(np.zeros(2), np.eye(2) + 1).logpdf([1.0, 2.0])
    source.write_text(good, encoding="utf-8")
    assert main(["fit", str(source), "--data", str(data), "--guide", "laplace", "--no-cache"]) == 0
    assert f"elbo = {evidence:.6g}" in capsys.readouterr().out
