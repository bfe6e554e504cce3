"""Processes of programs: their paths in models, what they begin as, and the laws in which they stay.

The statistical tests are z-tests of means over independent paths, two-sided, that alarm falsely with probability 1e-5
each at most (|z| < 4.42); each has a control, a process that is wrong and must be found out by the same test.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from scipy.stats import norm

import pushforward as pf
from pushforward.dsl.diagnostic import ProgramError
from pushforward.runtime.samplers.executable import enable_x64

enable_x64()

TEXT = """
model banana() {
  x ~ normal(0, 1)
  y ~ normal(0.3 * x^2, 0.5)
}
model seen() {
  x ~ normal(0, 1)
  y ~ normal(x^2, 0.5)
  z ~ normal(y, 1)
}
model several(m: vector[D]) {
  g: vector[D] ~ normal(m, 1)
}
model one() {
  u ~ normal(0, 1)
}
model scale() {
  s ~ lognormal(0, 1)
  x ~ normal(0, s)
}
process begun(p0: model) {
  x ~ p0
  dx = -x dt + sqrt(2) dW
}
process too_fast(p: model) {
  x: vector[dim(p)] ~ normal(0, 1)
  dx = grad(logp(p))(x) dt + 1.7 dW
}
process falling(p0: model) {
  x ~ p0
  dx = -x dt
}
process driven(f: mlp(in=D, out=D), p0: model) {
  x ~ p0
  dx = f(x) dt
}
model climbing(ts: vector[T], m: vector[K]) { xs ~ overdamped(several(m + 1)) at ts by euler_maruyama }
model begins_apart(ts: vector[T]) {
  xs ~ begun(seen()) at ts by euler_maruyama_noncentered
  return {xs}
}
model begins(ts: vector[T], m: vector[K]) { xs ~ begun(several(m)) at ts by euler_maruyama }
model begins_in_parts(ts: vector[T]) { xs ~ begun(seen()) at ts by euler_maruyama }
model falls(ts: vector[T], m: vector[K]) {
  xs ~ falling(several(m)) at ts by tsit5(rtol=1e-9, atol=1e-9)
  return {xs}
}
model direct() {
  let q = seen() | {z = 3}
  u: vector[dim(q)] ~ normal(0, 1)
  a ~ normal(logp(q)(u), 1)
  let r = constrain(q, u)
  b ~ normal(r.x + r.y, 1)
  c ~ normal(logp(q, {x = a, y = b}), 1)
}
model confined() {
  u: vector[dim(scale())] ~ normal(0, 1)
  w ~ normal(constrain(scale(), u).s, 1)
  v ~ normal(logp(scale())(u), 1)
}
model in_a_loop(N: int) {
  y: vector[N]
  for n in 0..N {
    y[n] ~ normal(logp(several([0.0, 1.0]))([n, 1]), 1)
  }
}
model overdamped_path(ts: vector[T]) { xs ~ overdamped(banana()) at ts by euler_maruyama }
model underdamped_path(ts: vector[T]) {
  zs ~ underdamped(banana(), 2) at ts by euler_maruyama_noncentered
  return {x = zs.x}
}
model mirror_path(ts: vector[T]) { xs ~ mirror(banana(), 1) at ts by tamed }
model preconditioned_path(ts: vector[T]) {
  xs ~ preconditioned(banana(), cholesky([[1.0, 0.3], [0.3, 0.5]])) at ts by euler_maruyama
}
problem mode() {
  param k: real = 1
  let w = argmax v: vector[dim(seen())] { logp(seen())(v) }
  minimize sum(w.^2) + k^2
}
model trained() {
  param f: mlp(in=2, out=2, hidden=[4])
  xs ~ driven(f, several([1.0, 2.0])) at [0, 1] by rk4(dt=0.25)
  return {end = xs[1]}
}
objective reached(q: model) {
  z ~ q
  return logp(several([0.0, 0.0]), {g = z.end})
}
"""
TIMES = np.array([0.0, 0.1, 0.4, 0.5])
PATHS = 4000


@pytest.fixture(scope="module")
def module() -> Any:
    return pf.loads(TEXT)


def _seen(x: float, y: float, z: float) -> float:
    return float(norm.logpdf(x) + norm.logpdf(y, x * x, 0.5) + norm.logpdf(z, y, 1))


def test_densities_of_programs_in_a_model(module: Any) -> None:
    u, a, b, c = np.array([0.3, -0.2]), 0.5, 0.1, 0.7
    found = module.direct().log_density({"u": u, "a": a, "b": b, "c": c})
    expected = norm.logpdf(u).sum() + norm.logpdf(a, _seen(*u, 3), 1) + norm.logpdf(b, u.sum(), 1)
    np.testing.assert_allclose(found, expected + norm.logpdf(c, _seen(a, b, 3), 1), rtol=1e-12)


def test_free_coordinates_carry_their_jacobian(module: Any) -> None:
    u, w, v = np.array([0.3, -0.2]), 0.5, 0.1
    s = np.exp(u[0])
    inside = norm.logpdf(u[0]) + norm.logpdf(u[1], 0, s)  # the law of log s is normal
    expected = norm.logpdf(u).sum() + norm.logpdf(w, s, 1) + norm.logpdf(v, inside, 1)
    np.testing.assert_allclose(module.confined().log_density({"u": u, "w": w, "v": v}), expected, rtol=1e-12)


def test_densities_of_programs_in_a_loop_and_in_a_problem(module: Any) -> None:
    y = np.array([0.3, -1.0, 0.2])
    inside = norm.logpdf(np.arange(3)) + norm.logpdf(0)
    found = module.in_a_loop(3).log_density({"y": y})
    np.testing.assert_allclose(found, norm.logpdf(y, inside, 1).sum(), rtol=1e-12)
    np.testing.assert_allclose(module.mode().solve().values["w"], [0, 0, 0], atol=1e-5)


def test_what_follows_from_a_density_is_simulated(module: Any) -> None:
    drawn = module.direct().predict(None, seed=0, draws=500).group("prior")
    inside = np.array([_seen(*u, 3) for u in drawn["u"][0]])
    z = (drawn["a"][0] - inside).mean() * np.sqrt(500)
    assert abs(z) < 4.42 and abs((drawn["a"][0] - inside - 0.5).mean() * np.sqrt(500)) > 4.42


def test_a_path_climbs_the_density_of_its_program(module: Any) -> None:
    rng = np.random.default_rng(0)
    m, path = np.array([1.0, 2.0]), rng.normal(size=(4, 2))
    h = np.diff(TIMES)[:, None]
    expected = norm.logpdf(path[0]).sum()
    expected += norm.logpdf(path[1:], path[:-1] - (path[:-1] - m - 1) * h, np.sqrt(2 * h)).sum()
    np.testing.assert_allclose(module.climbing(TIMES, m).log_density({"xs": path}), expected, rtol=1e-12)


def test_a_process_begins_as_a_program_draws(module: Any) -> None:
    rng = np.random.default_rng(1)
    m, path = np.array([1.0, 2.0]), rng.normal(size=(4, 2))
    h = np.diff(TIMES)[:, None]
    step = norm.logpdf(path[1:], path[:-1] * (1 - h), np.sqrt(2 * h)).sum()
    found = module.begins(TIMES, m).log_density({"xs": path})
    np.testing.assert_allclose(found, norm.logpdf(path[0], m).sum() + step, rtol=1e-12)
    x, z = np.array([0.3, 0.5, -0.2]), rng.normal(size=(3, 3))
    found = module.begins_apart(TIMES).log_density({"xs_start": x, "xs_z": z})
    np.testing.assert_allclose(found, _seen(*x) + norm.logpdf(z).sum(), rtol=1e-12)
    whole = rng.normal(size=(4, 3))
    step = norm.logpdf(whole[1:], whole[:-1] * (1 - h), np.sqrt(2 * h)).sum()
    found = module.begins_in_parts(TIMES).log_density({"xs": whole})
    np.testing.assert_allclose(found, _seen(*whole[0]) + step, rtol=1e-12)


def test_a_flow_begins_as_a_program_draws(module: Any) -> None:
    drawn = module.falls(TIMES, [1.0, 2.0]).simulate(jax.random.key(0))
    np.testing.assert_allclose(drawn["xs"], drawn["xs_start"] * np.exp(-TIMES)[:, None], rtol=1e-6)


def test_a_process_takes_a_network_and_an_objective_reads_what_is_returned(module: Any) -> None:
    objective = module.reached(module.trained())
    params = objective.initial(seed=1)
    values = jax.jit(jax.vmap(lambda key: objective.estimate(params, key)))(jax.random.split(jax.random.key(0), 200))
    slopes = jax.jit(jax.grad(lambda p: objective.estimate(p, jax.random.key(0))))(params)
    assert np.isfinite(values).all() and all(np.isfinite(s).all() for s in jax.tree.leaves(slopes))
    assert any(np.abs(s).max() > 0 for s in jax.tree.leaves(slopes))


@pytest.mark.parametrize(
    ("law", "told"),
    [
        ("scale()", "s is not on the whole line"),
        ("(seen() | {z = 3})", "z is given"),
        ("weighted()", "this has a factor"),
    ],
)
def test_a_process_cannot_begin_as_every_program(law: str, told: str) -> None:
    text = TEXT + "model weighted() {\n  u ~ normal(0, 1)\n  factor -u^2\n}\n"
    text += f"model m(ts: vector[T]) {{\n  xs ~ begun({law}) at ts by euler_maruyama\n}}\n"
    with pytest.raises(ProgramError) as error:
        pf.loads(text)
    found = error.value.diagnostics[0]
    assert found.code == "PF627" and told in str((found.primary.text, *(s.text for s in found.secondary)))


def test_a_program_that_asks_for_its_own_density_is_refused() -> None:
    with pytest.raises(ProgramError) as error:
        pf.loads("model a() { x ~ normal(logp(b())([1.0]), 1) }\nmodel b() { x ~ normal(logp(a())([1.0]), 1) }\n")
    assert error.value.diagnostics[0].code == "PF217"


# ---------------------------------------------------------------- the laws in which they stay


def _ends(bound: Any, seed: int = 0, paths: int = PATHS) -> dict[str, np.ndarray]:
    """The states at the last time of independent paths."""
    draw = jax.jit(jax.vmap(lambda key: {n: v[-1] for n, v in bound.simulate(key).items() if n in ("x", "xs", "path")}))
    return {n: np.asarray(v) for n, v in draw(jax.random.split(jax.random.key(seed), paths)).items()}


def _z(values: np.ndarray, exact: float) -> float:
    return float((values.mean() - exact) / (values.std(ddof=1) / np.sqrt(len(values))))


def _banana_scores(x: np.ndarray) -> list[float]:
    """z of moments of the banana: x^2 is 1 on average, y - 0.3 x^2 is 0, its square 0.25, and its product with x 0."""
    rest = x[:, 1] - 0.3 * x[:, 0] ** 2
    return [_z(x[:, 0], 0), _z(x[:, 0] ** 2, 1), _z(rest, 0), _z(rest**2, 0.25), _z(x[:, 0] * rest, 0)]


def test_the_bias_of_the_overdamped_equation_on_a_normal_law_is_the_known_one(module: Any) -> None:
    h = 0.5
    x = _ends(pf.library.overdamped(module.one(), np.arange(0, 30.1, h)))["path"][:, 0]
    assert abs(_z(x**2, 1 / (1 - h / 2))) < 4.42  # the variance of x' = (1 - h) x + sqrt(2 h) z
    assert abs(_z(x**2, 1)) > 4.42


@pytest.mark.slow
@pytest.mark.parametrize("name", ["overdamped", "underdamped", "mirror", "preconditioned"])
def test_the_stationary_law_is_the_program(module: Any, name: str) -> None:
    """Errors of discretisation are about 1e-2 here, less than half a standard error of the largest moment; the bounded
    drift of the tamed scheme, which the mirror needs, takes shorter steps for that."""
    x = _ends(getattr(module, f"{name}_path")(np.arange(0, 6, 0.0025 if name == "mirror" else 0.01)))
    states = x["x"] if name == "underdamped" else x["xs"]
    assert max(map(abs, _banana_scores(np.sinh(states) if name == "mirror" else states))) < 4.42


@pytest.mark.slow
def test_noise_that_does_not_fit_the_drift_is_found_out(module: Any) -> None:
    x = _ends(module.too_fast(module.banana(), np.arange(0, 6, 0.01)))["path"]
    assert max(map(abs, _banana_scores(x))) > 4.42
