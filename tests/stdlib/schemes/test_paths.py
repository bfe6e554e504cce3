"""Paths of processes: densities, draws and derivatives against closed forms; the orders of the schemes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import multivariate_normal

import pushforward as pf
from pushforward.dsl.diagnostic import ProgramError
from pushforward.runtime.samplers.executable import enable_x64

enable_x64()

TEXT = """
process reverting(theta: positive, mu: real, s: positive) {
  let spread = s / sqrt(2 * theta)
  x ~ normal(mu, spread)
  let pull = theta * (mu - x)
  dx = pull dt + s dW
}
process walk(s: positive) {
  x ~ normal(1, 2)
  dx = s dW
}
process two_noises(a: real, b: real) {
  x ~ normal(0, 1)
  dx = a dW1 - b dW2 + a dW1
}
process growth(m: real, s: positive) {
  x ~ normal(1, 1e-3)
  dx = m * x dt + s * x dW
}
process several(m: vector[D], s: positive) {
  x: vector[D] ~ normal(m, 1)
  dx = -m .* x dt + s dW
}
process spring(k: positive, s: positive) {
  x ~ normal(1, 0.1)
  v ~ normal(0, 0.1)
  dx = v dt
  dv = -k * x dt + s dW
}
process forced(a: real) {
  x ~ normal(a, 0.5)
  dx = cos(t) dt
}
process started(s: positive) {
  x ~ lognormal(0, 1)
  dx = x dt + s * x dW
}
process logistic(s: positive) {
  x ~ normal(0, 1)
  dx = -x dt + s * x dW
}
model no_scheme(p: process, x: real, t: real, h: positive) {
  let following = x
}
process timed(a: real) {
  x ~ normal(t, 1)
  dx = a * t dt + (1 + t) dW
}
model exact_path(ts: vector[T]) { theta ~ half_normal(1); s ~ half_normal(1); xs ~ reverting(theta, 0.5, s) at ts }
model walked(ts: vector[T]) { xs ~ walk(0.7) at ts }
model doubled(ts: vector[T]) { xs ~ two_noises(1, 3) at ts }
model euler_4(ts: vector[T]) { xs ~ reverting(2, 0.5, 0.8) at ts by euler_maruyama(steps=4) }
model euler_1(ts: vector[T]) { xs ~ reverting(2, 0.5, 0.8) at ts by euler_maruyama }
model euler_z(ts: vector[T]) {
  xs ~ reverting(2, 0.5, 0.8) at ts by euler_maruyama_noncentered(steps=3)
  return {xs}
}
model many(m: vector[D], ts: vector[T]) { xs ~ several(m, 0.3) at ts by euler_maruyama(steps=2) }
model hidden(ts: vector[T], k: positive) {
  zs ~ spring(k, 0.2) at ts by euler_maruyama_noncentered(steps=2)
  y ~ normal(zs.x, 0.1)
  return {v = zs.v}
}
model tame(ts: vector[T]) { xs ~ reverting(2, 0.5, 0.8) at ts by tamed }
model certain(ts: vector[T], a: real) { xs ~ forced(a) at ts by tsit5(rtol=1e-10, atol=1e-10); y ~ normal(xs, 1) }
model in_time(ts: vector[T]) { xs ~ timed(2) at ts by euler_maruyama }
"""
TIMES = np.array([0.3, 0.5, 1.4, 1.5, 4.0])


@pytest.fixture(scope="module")
def module() -> Any:
    return pf.loads(TEXT)


def _normal(x: np.ndarray, mean: Any, sd: Any) -> float:
    return float(np.sum(-0.5 * ((x - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)))


def test_the_stationary_path_is_the_gaussian_process_with_exponential_covariance(module: Any) -> None:
    theta, s, path = 0.9, 0.6, np.array([0.1, 0.7, -0.2, 0.3, 1.1])
    bound = module.exact_path(TIMES)
    found = bound.log_density({"theta": theta, "s": s, "xs": path})
    prior = sum(np.log(2) - 0.5 * np.log(2 * np.pi) - 0.5 * v**2 for v in (theta, s))
    covariance = s**2 / (2 * theta) * np.exp(-theta * np.abs(TIMES[:, None] - TIMES))
    expected = prior + multivariate_normal(np.full(5, 0.5), covariance).logpdf(path)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_its_derivatives_are_those_of_the_gaussian_process(module: Any) -> None:
    path = np.array([0.1, 0.7, -0.2, 0.3, 1.1])

    def by_hand(theta: Any, s: Any) -> Any:
        covariance = s**2 / (2 * theta) * jnp.exp(-theta * jnp.abs(TIMES[:, None] - TIMES))
        prior = -0.5 * (theta**2 + s**2)
        return prior + jax.scipy.stats.multivariate_normal.logpdf(path, jnp.full(5, 0.5), covariance)

    def ours(theta: Any, s: Any) -> Any:
        return module.exact_path(TIMES).log_density({"theta": theta, "s": s, "xs": path})

    first, second = jax.grad(ours, (0, 1)), jax.hessian(ours, (0, 1))
    found = jax.jit(lambda *at: (first(*at), second(*at)))(0.9, 0.6)
    expected = jax.jit(lambda *at: (jax.grad(by_hand, (0, 1))(*at), jax.hessian(by_hand, (0, 1))(*at)))(0.9, 0.6)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-8), found, expected)


def test_a_walk_is_the_exact_law_without_return(module: Any) -> None:
    path = np.array([0.1, 0.7, -0.2, 0.3, 1.1])
    found = module.walked(TIMES).log_density({"xs": path})
    expected = _normal(path[0], 1.0, 2.0) + _normal(np.diff(path), 0.0, 0.7 * np.sqrt(np.diff(TIMES)))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_independent_noises_add_in_squares_and_one_noise_in_itself(module: Any) -> None:
    path = np.array([0.1, 0.7, -0.2, 0.3, 1.1])
    found = module.doubled(TIMES).log_density({"xs": path})
    sd = np.sqrt((2 * 1) ** 2 + 3**2) * np.sqrt(np.diff(TIMES))
    np.testing.assert_allclose(found, _normal(path[0], 0.0, 1.0) + _normal(np.diff(path), 0.0, sd), rtol=1e-12)


def test_steps_between_are_variables(module: Any) -> None:
    rng = np.random.default_rng(0)
    bound = module.euler_4(TIMES)
    assert bound.model.variables == ("xs", "xs_between")
    path, between = rng.normal(size=5), rng.normal(size=(4, 3))
    found = bound.log_density({"xs": path, "xs_between": between})
    expected = _normal(path[0], 0.5, 0.8 / 2)
    for i in range(4):
        h, all_ = (TIMES[i + 1] - TIMES[i]) / 4, np.array([path[i], *between[i], path[i + 1]])
        expected += _normal(all_[1:], all_[:-1] + 2 * (0.5 - all_[:-1]) * h, 0.8 * np.sqrt(h))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_noncentred_path_is_a_function_of_its_noises(module: Any) -> None:
    rng = np.random.default_rng(1)
    bound = module.euler_z(TIMES)
    assert bound.model.variables == ("xs_start", "xs_z")
    start, z = 0.3, rng.normal(size=(4, 3))
    values = {"xs_start": start, "xs_z": z}
    expected, x = [start], start
    for i in range(4):
        h = (TIMES[i + 1] - TIMES[i]) / 3
        for j in range(3):
            x = x + 2 * (0.5 - x) * h + 0.8 * np.sqrt(h) * z[i, j]
        expected.append(x)
    np.testing.assert_allclose(bound.generated(values)["xs"], expected, rtol=1e-12)
    np.testing.assert_allclose(
        bound.log_density(values), _normal(np.array(start), 0.5, 0.4) + _normal(z, 0.0, 1.0), rtol=1e-12
    )


def test_a_vector_goes_its_way_component_by_component(module: Any) -> None:
    rng = np.random.default_rng(2)
    m = np.array([0.5, 1.0, 2.0])
    path, between = rng.normal(size=(5, 3)), rng.normal(size=(4, 1, 3))
    found = module.many(m, TIMES).log_density({"xs": path, "xs_between": between})
    expected = _normal(path[0], m, 1.0)
    for i in range(4):
        h, all_ = (TIMES[i + 1] - TIMES[i]) / 2, np.array([path[i], between[i, 0], path[i + 1]])
        expected += _normal(all_[1:], all_[:-1] - m * all_[:-1] * h, 0.3 * np.sqrt(h))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_state_without_noise_follows_the_others(module: Any) -> None:
    rng = np.random.default_rng(3)
    bound = module.hidden(TIMES, 1.5).condition(y=np.zeros(5))
    assert bound.model.variables == ("zs_x_start", "zs_v_start", "zs_v_z", "y")
    z = rng.normal(size=(4, 2))
    values = {"zs_x_start": 1.1, "zs_v_start": -0.2, "zs_v_z": z}
    x, v, xs, vs = 1.1, -0.2, [1.1], [-0.2]
    for i in range(4):
        h = (TIMES[i + 1] - TIMES[i]) / 2
        for j in range(2):
            x, v = x + v * h, v - 1.5 * x * h + 0.2 * np.sqrt(h) * z[i, j]
        xs.append(x)
        vs.append(v)
    np.testing.assert_allclose(bound.generated(values)["v"], vs, rtol=1e-12)
    expected = _normal(np.array(xs), 0.0, 0.1) + _normal(z, 0.0, 1.0)
    expected += _normal(np.array(1.1), 1.0, 0.1) + _normal(np.array(-0.2), 0.0, 0.1)
    np.testing.assert_allclose(bound.log_density(values), expected, rtol=1e-11)


def test_the_derivative_passes_through_a_path(module: Any) -> None:
    """The gradient of the density in the start and the noises, against finite differences."""
    z = np.random.default_rng(4).normal(size=(4, 2))
    bound = module.hidden(TIMES, 1.5).condition(y=np.ones(5))

    def density(start: Any, noise: Any) -> Any:
        return bound.log_density({"zs_x_start": start, "zs_v_start": -0.2, "zs_v_z": noise})

    by_start, by_noise = jax.jit(jax.grad(density, (0, 1)))(1.1, z)
    step, there = 1e-5, np.zeros((4, 2))
    there[1, 1] = step
    np.testing.assert_allclose(by_start, (density(1.1 + step, z) - density(1.1 - step, z)) / (2 * step), rtol=1e-6)
    np.testing.assert_allclose(by_noise[1, 1], (density(1.1, z + there) - density(1.1, z - there)) / (2 * step), rtol=1e-6)


def test_the_tamed_drift_is_bounded(module: Any) -> None:
    path = np.array([0.1, 0.7, -0.2, 0.3, 1.1])
    h, drift = np.diff(TIMES), 2 * (0.5 - path[:-1])
    mean = path[:-1] + h * drift / (1 + h * np.abs(drift))
    expected = _normal(path[0], 0.5, 0.4) + _normal(path[1:], mean, 0.8 * np.sqrt(h))
    np.testing.assert_allclose(module.tame(TIMES).log_density({"xs": path}), expected, rtol=1e-12)


def test_without_noise_it_is_the_solution_of_an_equation(module: Any) -> None:
    bound = module.certain(TIMES, 0.2).condition(y=np.zeros(5))
    path = 0.3 + np.sin(TIMES) - np.sin(TIMES[0])
    expected = _normal(np.array(0.3), 0.2, 0.5) + _normal(path, 0.0, 1.0)
    np.testing.assert_allclose(bound.log_density({"xs_start": 0.3}), expected, rtol=1e-8)


def test_time_is_where_a_step_begins(module: Any) -> None:
    path = np.array([0.1, 0.7, -0.2, 0.3, 1.1])
    mean = path[:-1] + 2 * TIMES[:-1] * np.diff(TIMES)
    expected = _normal(path[0], TIMES[0], 1.0) + _normal(path[1:], mean, (1 + TIMES[:-1]) * np.sqrt(np.diff(TIMES)))
    np.testing.assert_allclose(module.in_time(TIMES).log_density({"xs": path}), expected, rtol=1e-12)


def test_draws_have_the_law_of_the_density(module: Any) -> None:
    """Means and covariances of 20,000 paths within 5 standard errors: a false alarm in 25 numbers has a probability
    below 2e-5. The paths of Euler's scheme are the control: their covariance is another one."""
    ts = np.array([0.0, 0.5, 1.0])
    truth = 0.64 / 4 * np.exp(-2 * np.abs(ts[:, None] - ts))
    control = _covariance(module.euler_1(ts))
    exact = _covariance(pf.loads(TEXT).reverting(2.0, 0.5, 0.8, ts), "path")
    error = np.sqrt((truth**2 + np.outer(np.diag(truth), np.diag(truth))) / 20_000)
    assert np.all(np.abs(exact - truth) < 5 * error)
    assert np.any(np.abs(control - truth) > 5 * error)


def _covariance(bound: Any, name: str = "xs") -> np.ndarray:
    drawn = jax.jit(jax.vmap(lambda key: bound.simulate(key)[name]))(jax.random.split(jax.random.key(0), 20_000))
    return np.cov(np.asarray(drawn).T)


@pytest.mark.parametrize(("scheme", "order"), [("euler_maruyama_noncentered", 0.5), ("milstein", 1.0)])
def test_strong_order(scheme: str, order: float) -> None:
    """E|X - X_h| at time 1 of geometric Brownian motion falls as h^order: the slope over h = 1/8, 1/32, 1/128, 4000 paths,
    within 0.1 of it (a Monte Carlo error of the slope of about 0.02)."""
    errors = []
    widths = [2.0**-k for k in (3, 5, 7)]
    z = jax.random.normal(jax.random.key(0), (4000, 128))
    for h in widths:
        n = round(1 / h)
        sums = z.reshape(4000, n, 128 // n).sum(-1) / np.sqrt(128 / n)
        text = f"{TEXT}\nmodel g(ts: vector[T]) {{ xs ~ growth(0.5, 0.8) at ts by {scheme}(steps={n}); return {{xs}} }}"
        bound = pf.loads(text).g(np.array([0.0, 1.0]))
        generated = jax.jit(jax.vmap(lambda w, b=bound: b.generated({"xs_start": 1.0, "xs_z": w[None]})["xs"][1]))
        true = jnp.exp((0.5 - 0.32) + 0.8 * sums.sum(1) * np.sqrt(h))
        errors.append(float(jnp.mean(jnp.abs(generated(sums) - true))))
    slope = np.polyfit(np.log(widths), np.log(errors), 1)[0]
    assert abs(slope - order) < 0.1


def test_weak_order_of_the_spread() -> None:
    """The variance after time 1 of the linear process is wrong by a multiple of h. The law of Euler's steps is normal, so
    its covariance is the inverse of the Hessian of the density, with no sampling error."""
    biases = []
    for n in (16, 32):
        text = f"{TEXT}\nmodel g(ts: vector[T]) {{ xs ~ reverting(2, 0.5, 0.8) at ts by euler_maruyama(steps={n}) }}"
        bound = pf.loads(text).g(np.array([0.0, 1.0]))

        def density(path: Any, b: Any = bound) -> Any:
            return b.log_density({"xs": jnp.stack([0.5, path[-1]]), "xs_between": path[None, :-1]})

        covariance = np.linalg.inv(-np.asarray(jax.jit(jax.hessian(density))(jnp.zeros(n))))
        biases.append(abs(float(covariance[-1, -1]) - 0.64 / 4 * (1 - np.exp(-4.0))))
    slopes = np.diff(np.log(biases)) / np.log(0.5)
    np.testing.assert_allclose(slopes[-1], 1.0, atol=0.1)


@pytest.mark.parametrize("scheme", ["euler_maruyama", "euler_maruyama_noncentered", "milstein", "tamed"])
def test_order_of_the_drift(scheme: str) -> None:
    """Where the noise is next to nothing all schemes are of order 1: dx = -x^3 dt from 2 is 1 / sqrt(1/4 + 2 t)."""
    falling = "process falling() { x ~ normal(2, 1e-12); dx = -x^3 dt + 1e-12 dW }"
    errors = []
    for n in (64, 128):
        bound = pf.loads(
            f"{falling}\nmodel g(ts: vector[T]) {{ xs ~ falling() at ts by {scheme}(steps={n}); return {{end = xs[1]}} }}"
        ).g(np.array([0.0, 1.0]))
        errors.append(abs(float(bound.simulate(jax.random.key(0))["end"]) - 1 / np.sqrt(2.25)))
    np.testing.assert_allclose(np.diff(np.log(errors))[-1] / np.log(0.5), 1.0, atol=0.1)


@pytest.mark.parametrize(
    ("site", "code"),
    [
        ("xs ~ growth(1, 1) at ts", "PF621"),
        ("xs ~ growth(1, 1) at ts by exact", "PF621"),
        ("xs ~ spring(1, 1) at ts by euler_maruyama", "PF625"),
        ("xs ~ growth(1, 1) at ts by tsit5", "PF622"),
        ("xs ~ growth(1, 1) at ts by milstein(steps=0)", "PF623"),
        ("xs ~ walk(1)", "PF624"),
        ("for k in 0..2 { xs ~ walk(1) at ts }", "PF624"),
        ("xs ~ started(1) at ts by euler_maruyama", "PF626"),
        ("xs ~ started(1) at ts by no_scheme", "PF622"),
        ("xs ~ walk(1, 2) at ts", "PF210"),
        ("xs ~ walk(sd=1) at ts", "PF211"),
    ],
)
def test_what_cannot_be_drawn_is_told(site: str, code: str) -> None:
    with pytest.raises(ProgramError) as raised:
        pf.loads(f"{TEXT}\nmodel wrong(ts: vector[T]) {{ {site} }}")
    assert {d.code for d in raised.value.diagnostics} == {code}


def test_ratios_of_laws_with_one_noise_average_to_one(module: Any) -> None:
    """Girsanov: of two processes with the same noise, the mean of the ratio of densities under the one below is 1. 20,000
    paths, within 5 standard errors (a false alarm has a probability below 1e-6); of the ratio upside down it is above 1."""
    laws = pf.loads(
        "process drifting(a: real, s: positive) { x ~ normal(0, 1); dx = a * sin(x) dt + s dW }\n"
        "model of(a: real, s: positive, ts: vector[T]) { xs ~ drifting(a, s) at ts by euler_maruyama }\n"
    )
    ts = np.linspace(0.0, 1.0, 9)
    below = laws.of(0.5, 0.7, ts)

    above = laws.of(-0.4, 0.7, ts)

    def log_ratio(key: Any) -> Any:
        path = {"xs": below.simulate(key)["xs"]}
        return above.log_density(path) - below.log_density(path)

    logs = np.asarray(jax.jit(jax.vmap(log_ratio))(jax.random.split(jax.random.key(0), 20_000)))
    for sign, is_one in ((1, True), (-1, False)):
        ratios = np.exp(sign * logs)
        assert (abs(ratios.mean() - 1) < 5 * ratios.std() / np.sqrt(20_000)) == is_one


def test_a_noise_may_be_negative_and_a_process_have_the_name_of_a_law(module: Any) -> None:
    bound = pf.loads(f"{TEXT}\nmodel g(ts: vector[T]) {{ xs ~ logistic(0.5) at ts by euler_maruyama }}").g(TIMES)
    path = np.array([-0.1, -0.7, -0.2, -0.3, -1.1])
    sd = 0.5 * np.abs(path[:-1]) * np.sqrt(np.diff(TIMES))
    expected = _normal(path[0], 0.0, 1.0) + _normal(path[1:], path[:-1] * (1 - np.diff(TIMES)), sd)
    np.testing.assert_allclose(bound.log_density({"xs": path}), expected, rtol=1e-12)


def test_a_start_of_a_noncentred_path_has_the_support_of_its_law(module: Any) -> None:
    text = f"{TEXT}\nmodel g(ts: vector[T]) {{ xs ~ started(0.5) at ts by milstein; return {{xs}} }}"
    bound = pf.loads(text).g(TIMES)
    assert float(bound.constrain(-3.0 * jnp.ones(5))["xs_start"]) == pytest.approx(np.exp(-3.0))


def test_names_of_the_process_and_of_the_model_are_told_apart() -> None:
    """The index of a sum in the drift, an argument and a size that have names which the loop of steps would take."""
    bound = pf.loads(
        "process mixed(h: real, k: real) {\n  x: vector[2] ~ normal(0, 1)\n"
        "  dx = [sum([x[i] * t * h for i in 0..2]), sum([x[j] * k for j in 0..2])] dt + 1 dW\n}\n"
        "model m(x: real, j: real, ts: vector[i]) { xs ~ mixed(x, j) at ts by euler_maruyama(steps=3); y ~ normal(i, 1) }\n"
    ).m(0.3, -0.2, TIMES)
    rng = np.random.default_rng(5)
    path, between, expected = rng.normal(size=(5, 2)), rng.normal(size=(4, 2, 2)), 0.0
    expected += _normal(path[0], 0.0, 1.0) + _normal(np.array(6.0), 5.0, 1.0)
    for n in range(4):
        h, points = (TIMES[n + 1] - TIMES[n]) / 3, np.array([path[n], *between[n], path[n + 1]])
        for m in range(3):
            at, t = points[m], TIMES[n] + m * h
            drift = np.array([at.sum() * t * 0.3, at.sum() * -0.2])
            expected += _normal(points[m + 1], at + drift * h, np.sqrt(h))
    found = bound.log_density({"xs": path, "xs_between": between, "y": 6.0})
    np.testing.assert_allclose(found, expected, rtol=1e-12)
