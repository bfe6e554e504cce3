"""Flows as programs: what is generated, where points go, densities, and fits that reach the field that is known.

Linear flows are known in closed form: x1 = exp(M) x0. Statistical statements have the false-alarm rate of 5 standard
errors, 6e-7 each.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import multivariate_normal

import pushforward as pf
from pushforward.api.flow import Generator, Transport
from pushforward.api.flow_density import FlowDensity
from pushforward.api.flow_file import OtherProcess, read, source_hash
from pushforward.api.programs import Flow
from pushforward.runtime.draws import Draws

TEXT = """
fun turned(x: vector[2]) -> vector[2] = [0.3 * x[0] + x[1], -x[0] + 0.1 * x[1]]
model base() { x: vector[2] ~ normal([0.2, -0.1], [1.1, 0.7]) }
model parts() { a ~ normal(0.2, 1.1); b ~ normal(-0.1, 0.7) }
model goal() { x: vector[2] ~ normal([1.0, 0.5], [0.5, 0.8]) }
model rows(x: matrix[N, D]) { return x[0] }
process swirl(p0: model) { x ~ p0; dx = turned(x) dt }
process alone() { x ~ normal(0.5, 2); dx = 0.5 * x dt }
process noisy(e: positive) { x ~ normal(0, 1); dx = -x dt + e dW }
## The field that takes the start to normal laws with the mean m and the deviations s.
process gaussian(p0: model) {
  param m: vector[2] = 0
  param s: positive[2] = 1
  x ~ p0
  let a = 1 - t
  let v = a^2 * square([1.1, 0.7]) + t^2 * square(s)
  let c = a * [0.2, -0.1] + t * m
  dx = (m - [0.2, -0.1] + (t * square(s) - a * square([1.1, 0.7])) ./ v .* (x - c)) dt
}
process net(p0: model) {
  param f: mlp(in=3, out=2, hidden=[8], activation=silu)
  x ~ p0
  dx = f(append(x, t)) dt
}
"""
M = np.array([[0.3, 1.0], [-1.0, 0.1]])
MEAN, SD = np.array([0.2, -0.1]), np.array([1.1, 0.7])


@pytest.fixture(scope="module", autouse=True)
def strict_jax() -> Iterator[None]:
    with jax.enable_x64(True), jax.numpy_rank_promotion("raise"):
        yield


@pytest.fixture(scope="module")
def module() -> Any:
    return pf.loads(TEXT)


def test_points_go_where_the_equation_takes_them_and_come_back(module: Any) -> None:
    points = np.array([[0.5, -1.0], [2.0, 0.3]])
    swirl = module.swirl(module.base())
    there = Transport(swirl, "tsit5(rtol=1e-9, atol=1e-9)")(points)
    np.testing.assert_allclose(there, points @ expm(M).T, atol=1e-7)
    back = Transport(swirl, "tsit5(rtol=1e-9, atol=1e-9)", back=True)(there)
    np.testing.assert_allclose(back, points, atol=1e-7)
    coarse = Transport(swirl, "euler(dt=0.5)")(points)
    step = np.eye(2) + M / 2
    np.testing.assert_allclose(coarse, points @ (step @ step).T, rtol=1e-12)


@pytest.mark.parametrize("start", ["base", "parts"])
def test_the_density_is_the_closed_form(module: Any, start: str) -> None:
    points = np.array([[0.5, -1.0], [2.0, 0.3], [0.0, 0.0]])
    found = FlowDensity(module.swirl(getattr(module, start)()), 1e-9)(points)
    A = expm(M)
    exact = multivariate_normal(A @ MEAN, A @ np.diag(SD**2) @ A.T).logpdf(points)
    np.testing.assert_allclose(found, exact, atol=1e-7)


def test_the_density_of_a_number(module: Any) -> None:
    found = FlowDensity(_process(module, "alone"), 1e-9)(np.array([0.0, 3.0]))
    scale = 2 * np.exp(0.5)
    exact = -0.5 * ((np.array([0.0, 3.0]) - 0.5 * np.exp(0.5)) / scale) ** 2 - np.log(scale) - 0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(found, exact, atol=1e-7)


def _process(module: Any, name: str, *arguments: Any) -> Any:
    """A process of numbers, as what objectives take."""
    from pushforward.api.programs import Template

    model = getattr(module, name)
    return Template(model.node, model.file)(*arguments)


@pytest.mark.slow
def test_the_density_of_a_network_integrates_to_one(module: Any) -> None:
    flow = pf.library.flow_matching(module.net(module.base()), module.goal()).minimize(
        "adam", 0.01, steps=64, samples=64, estimates=100
    )
    side = np.linspace(-8, 8, 65)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    total = np.exp(flow.process.log_density(grid, rtol=1e-3)).sum() * (side[1] - side[0]) ** 2
    assert abs(total - 1) < 1e-3


def test_draws_have_the_moments_of_the_law(module: Any) -> None:
    n = 20_000
    x = _draws(Generator(module.swirl(module.base()), "rk4(dt=0.1)").sample(n, seed=1))
    A = expm(M)
    cov = A @ np.diag(SD**2) @ A.T
    z = (x.mean(axis=0) - A @ MEAN) / np.sqrt(np.diag(cov) / n)
    spread = (x.var(axis=0) / np.diag(cov) - 1) / np.sqrt(2 / n)
    assert np.abs([*z, *spread]).max() < 5
    wrong = (x.mean(axis=0) - MEAN) / np.sqrt(np.diag(cov) / n)
    assert np.abs(wrong).max() > 8


def test_a_process_with_noise_is_drawn_by_steps(module: Any) -> None:
    """40 steps of Euler and Maruyama multiply the variance by (1 - h)^2 and add e^2 h."""
    n, steps, e = 20_000, 40, 0.8
    x = _draws(Generator(_process(module, "noisy", e), steps=steps).sample(n, seed=2))
    variance, h = 1.0, 1 / steps
    for _ in range(steps):
        variance = variance * (1 - h) ** 2 + e**2 * h
    assert abs(x.var() / variance - 1) / np.sqrt(2 / n) < 5


@pytest.mark.slow
def test_the_stochastic_path_has_the_laws_of_the_flow() -> None:
    """From N(0, 1) to N(1, 0.25): paths of any noise end in the same law, up to their steps; with the score's sign
    changed they do not."""
    text = """
process line() {
  x: vector[1] ~ normal(0, 1)
  let v = (1 - t)^2 + t^2 / 4
  dx = (1 + (t / 4 - (1 - t)) / v * (x - t)) dt
}
"""
    module, n = pf.loads(text), 20_000
    line = _process(module, "line")
    for e, sign in ((0.0, True), (1.0, True), (-1.0, False)):
        made = pf.library.diffused(line, abs(e))
        if not sign:
            own = "process wrong(v: process, e: nonneg) {\n  x ~ initial(v)\n  dx = (drift(v)(t, x) - e * (t * drift(v)(t, x) - x)) dt + sqrt(2 * e * (1 - t)) dW\n}\n"
            made = pf.loads(own).wrong(line, abs(e))
        x = _draws(Generator(made, steps=400).sample(n, seed=3))
        z = max(abs(x.mean() - 1) / (0.5 / np.sqrt(n)), abs(x.var() / 0.25 - 1) / np.sqrt(2 / n))
        assert (z < 8) == sign, (e, z)  # 5 for chance and 3 for the steps


def test_a_fit_reaches_the_field_between_normal_laws(module: Any) -> None:
    """The optimum of flow matching is the conditional mean of the velocity, here m = (1, 0.5) and s = (0.5, 0.8)."""
    fit = pf.library.flow_matching(module.gaussian(module.base()), module.goal()).minimize(
        "adam", 0.03, steps=600, samples=256, schedule="cosine", estimates=200
    )
    np.testing.assert_allclose(fit.params["m"], [1.0, 0.5], atol=0.05)
    np.testing.assert_allclose(fit.params["s"], [0.5, 0.8], atol=0.05)
    exact = multivariate_normal([1.0, 0.5], np.diag([0.25, 0.64])).logpdf([[0.7, 0.9]])
    np.testing.assert_allclose(fit.process.log_density(np.array([[0.7, 0.9]])), exact, atol=0.2)


def test_a_fitted_process_is_an_argument_that_does_not_move(module: Any) -> None:
    """In `reflow` only the new process has parameters, though both are of one text; and the held ones are read."""
    process = module.gaussian(module.base())
    held = Flow(process, {"gaussian.m": np.array([1.0, 0.5]), "gaussian.s": np.log([0.5, 0.8])})
    bound = pf.library.reflow(process, held)
    start = bound.initial()
    assert set(start) == {"m", "s"} and not start["m"].any()
    keys = jax.random.split(jax.random.key(0), 2000)
    at_truth = {"m": np.array([1.0, 0.5]), "s": np.log([0.5, 0.8])}
    costs = [float(np.mean(jax.vmap(lambda k, p=p: bound.estimate(p, k))(keys))) for p in (start, at_truth)]
    assert costs[1] < 0.5 * costs[0]


def test_parameters_are_kept_and_given_back_to_the_same_text_only(module: Any, tmp_path: Path) -> None:
    objective = pf.library.flow_matching(module.net(module.base()), module.goal())
    flow = objective.minimize("adam", 0.01, steps=4, estimates=100).process
    path = tmp_path / "flow.npz"
    flow.save(path)
    found = read(module.net(module.base()), path)
    points = np.array([[0.3, 0.4]])
    np.testing.assert_array_equal(found.transport(points, by="heun(dt=0.25)"), flow.transport(points, by="heun(dt=0.25)"))
    spaced = pf.loads(TEXT.replace("x ~ p0\n  dx = f(", "x ~ p0   # the start\n\n  dx = f("))
    assert read(spaced.net(spaced.base()), path).params.keys() == flow.params.keys()
    for other in (module.net(module.goal()), pf.loads(TEXT.replace("silu", "tanh")).net(module.base())):
        with pytest.raises(OtherProcess, match="another text"):
            read(other, path)
    given = pf.loads(TEXT + "model more() { y ~ normal(0, 1); x: vector[2] ~ normal(y, 1) }\n")
    hashes = {source_hash(given.net(p)) for p in (given.more(), given.more().condition(y=1.0), given.more().condition(y=2.0))}
    named = (pf.loads(TEXT + f"process own() {{ x ~ base(); dx = -x dt }}\n{also}") for also in ("", "fun unused(x: real) = x\n"))
    other = pf.loads(TEXT.replace("[1.1, 0.7])", "[1.1, 0.8])", 1) + "process own() { x ~ base(); dx = -x dt }\n")
    one, two = (source_hash(m.own) for m in named)
    assert len(hashes) == 3 and one == two != source_hash(other.own)
    np.savez(tmp_path / "other.npz", x=np.zeros(2))
    with pytest.raises(OtherProcess, match="no parameters"):
        read(module.net(module.base()), tmp_path / "other.npz")


def test_a_process_with_noise_is_no_map(module: Any) -> None:
    noisy = _process(module, "noisy", 0.5)
    for asked in (Transport(noisy), FlowDensity(noisy)):
        with pytest.raises(ValueError, match="with noise"):
            asked(np.zeros(3))


@pytest.mark.slow
def test_two_processes_of_one_text_have_parameters_of_their_own(module: Any) -> None:
    net = module.net(module.base())
    objective = pf.library.stochastic_interpolant(net, module.net(module.base()), module.goal(), 0.5)
    found = objective.minimize("adam", 0.01, steps=4, estimates=100).processes
    weights = [np.asarray(found[n].params["net.f"].layers[0].weight) for n in ("v", "n")]
    assert set(found) == {"v", "n"} and np.abs(weights[0] - weights[1]).max() > 1e-3


def test_data_are_drawn_row_by_row(module: Any) -> None:
    """A field at rest costs E |x1 - x0|^2, of which the data give the mean over their rows."""
    x = np.array([[1.0, 0.0], [0.0, 3.0], [2.0, 2.0]])
    text = "process still(p0: model) { param a: vector[2] = 0; x ~ p0; dx = a dt }\nmodel zero() { x: vector[2] ~ normal(0, 1e-9) }\n"
    other = pf.loads(text)
    bound = pf.library.flow_matching(other.still(other.zero()), pf.library.empirical(x))
    keys = jax.random.split(jax.random.key(0), 3000)
    costs = np.asarray(jax.vmap(lambda k: bound.estimate(bound.initial(), k))(keys))
    wanted = np.sum(x**2, axis=1)
    np.testing.assert_allclose(np.unique(np.round(costs, 6)), np.sort(wanted), atol=1e-5)
    assert abs(costs.mean() - wanted.mean()) < 5 * costs.std() / np.sqrt(3000)


def _draws(drawn: Draws) -> Any:
    return drawn.group("posterior")["x"][0]
