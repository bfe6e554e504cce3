"""Holes in programs: solutions and their derivatives against closed forms, through everything a hole can stand in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import pushforward as pf

PROGRAM = """
fun shrunk(x: vector[N], b: real) -> real {
  return argmin m: real { sum((x - m).^2) + b * m^2 } by newton()
}
model m(X: matrix[N, D], G: matrix[K, N]) {
  tau ~ half_normal(1)
  y: vector[N]
  let vector_of_data = argmin w: vector[D] { sum((1 - X * w).^2) + tau * dot(w, w) } by newton(tol=1e-9)
  let in_a_loop: vector[K]
  for k in 0..K { in_a_loop[k] = argmin u: real { let r = G[k] - u; dot(r, r) + tau * u^2 } by newton() }
  let positive_root = root r: positive { r^2 - tau } by newton()
  let s = saddle a: real, b: real { (a - tau)^2 + a * b - b^2 } by newton()
  let on_the_simplex = argmin p: simplex[3] { -sum(log(p) .* [tau, 1, 2]) } by newton()
  let fixed = fixpoint f: vector[2] from [1, 1] { 0.3 * f + tau } by newton()
  let nested = argmin n: real {
    let z = argmin z: real { (z - n)^2 + tau * z^2 } by newton()
    (n - tau)^2 + z^2
  } by newton()
  let in_a_function = shrunk(y, tau)
  let with_a_loop = argmin e: real { sum([(y[i] - e)^2 * tau for i in 0..N]) + (e - tau)^2 } by newton()
  let largest = argmax g: real { -(g - 2 * tau)^2 } by newton()

  let recursion: vector[4]
  recursion[0] = 1
  for t in 1..4 { recursion[t] = argmin v: real { (v - recursion[t - 1])^2 + tau * v^2 } by newton() }
  y ~ normal(X * vector_of_data, tau)
  return {
    vector_of_data, in_a_loop, positive_root, least = s.a, most = s.b, on_the_simplex, fixed, nested, in_a_function,
    with_a_loop, largest, recursion
  }
}
"""

N, D, K = 7, 2, 3
RNG = np.random.default_rng(20)
X, G, Y = RNG.normal(size=(N, D)), RNG.normal(size=(K, N)), RNG.normal(size=N)

EXACT: dict[str, Callable[[Any], Any]] = {
    "vector_of_data": lambda t: jnp.linalg.solve(X.T @ X + t * jnp.eye(D), X.T @ jnp.ones(N)),
    "in_a_loop": lambda t: G.sum(1) / (N + t),
    "positive_root": jnp.sqrt,
    "least": lambda t: 0.8 * t,
    "most": lambda t: 0.4 * t,
    "on_the_simplex": lambda t: jnp.array([t, 1.0, 2.0]) / (t + 3.0),
    "fixed": lambda t: jnp.array([t, t]) / 0.7,
    "nested": lambda t: t / (1 + 1 / (1 + t) ** 2),
    "in_a_function": lambda t: Y.sum() / (N + t),
    "with_a_loop": lambda t: (t * Y.sum() + t) / (t * N + 1),
    "largest": lambda t: 2 * t,
    "recursion": lambda t: (1 + t) ** -jnp.arange(4.0),
}


@pytest.fixture(scope="module")
def generated() -> Callable[[Any], dict[str, Any]]:
    bound = pf.loads(PROGRAM).m(X=X, G=G).condition(y=Y)
    return lambda tau: bound.generated({"tau": tau})


@pytest.fixture(scope="module")
def found(generated: Callable[[Any], dict[str, Any]]) -> tuple[Any, Any, Any]:
    """Values, forward derivatives and reverse derivatives at tau = 0.7, in float64."""
    with jax.enable_x64(True):
        tau = jnp.asarray(0.7)

        @jax.jit
        def everything(tau: Any) -> tuple[Any, Any, Any]:
            """The linear map, and its transpose: what `jvp` and `grad` take, with every hole solved once."""
            values, push = jax.linearize(generated, tau)
            flat, shaped = ravel_pytree(values)
            pull = jax.linear_transpose(push, tau)
            rows = jax.vmap(lambda row: pull(shaped(row))[0])(jnp.eye(flat.size))
            return values, push(jnp.ones_like(tau)), shaped(rows)

        return everything(tau)


@pytest.mark.parametrize("name", EXACT)
def test_a_hole_is_solved_and_differentiated(name: str, found: tuple[Any, Any, Any]) -> None:
    with jax.enable_x64(True):
        tau = jnp.asarray(0.7)
        values, forward, reverse = found
        np.testing.assert_allclose(values[name], EXACT[name](tau), rtol=1e-7)
        derivative = jax.jacfwd(EXACT[name])(tau)
        np.testing.assert_allclose(forward[name], derivative, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(reverse[name], derivative, rtol=1e-6, atol=1e-9)


def test_nuts_takes_a_model_with_a_hole() -> None:
    """The posterior of tau given a hole that is tau itself: half-normal prior, no data, mean sqrt(2 / pi)."""
    text = "model m() {\n  tau ~ half_normal(1)\n  let w = argmin w: real { (w - tau)^2 } by newton()\n  y ~ normal(w, 1)\n}\n"
    post = pf.loads(text).m().condition(y=0.3).sample(seed=1, chains=2, warmup=300, draws=500)
    # against quadrature: p(tau | y) is proportional to exp(-tau^2 / 2 - (0.3 - tau)^2 / 2) on tau > 0
    grid = np.linspace(0, 8, 20001)
    weight = np.exp(-(grid**2) / 2 - (0.3 - grid) ** 2 / 2)
    mean = (grid * weight).sum() / weight.sum()
    draws = np.asarray(post.draws.posterior["tau"])
    assert abs(draws.mean() - mean) < 0.08  # over 4 Monte Carlo standard errors of 1000 draws of sd 0.45


def test_draws_at_which_a_hole_is_not_solved_are_told() -> None:
    text = (
        "model m() {\n  tau ~ half_normal(1)\n"
        "  let w = argmin w: real from 9 { (w - tau)^4 } by newton(steps=2)\n  y ~ normal(w, 1)\n}\n"
    )
    post = pf.loads(text).m().condition(y=0.3).sample(seed=1, chains=1, warmup=50, draws=20)
    (sentence,) = [a.sentence for a in post.advice if a.kind == "unsolved"]
    assert "argmin_w in line 3: 20 of 20 solves" in sentence and "steps were used up" in sentence


SHADOWED = "problem p(a: vector[N]) {\n  param x: vector[N] = 0\n  minimize dot(x - a, x - a) by newton()\n}\n"


def test_a_problem_gives_its_solution_objective_and_report() -> None:
    solved = pf.loads(SHADOWED).p(a=np.arange(3.0)).solve()
    np.testing.assert_allclose(solved.x, np.arange(3.0))
    assert solved.objective < 1e-20 and solved.converged and not solved.warnings
    (report,) = solved.reports
    assert int(report.iterations) == 1


def test_a_solve_that_stops_early_says_so() -> None:
    text = "problem p(a: vector[N]) {\n  param x: vector[N] = 3\n  minimize sum((x - a).^4) by newton(steps=3)\n}\n"
    solved = pf.loads(text).p(a=np.arange(3.0)).solve()
    assert not solved.converged
    (sentence,) = solved.warnings
    assert "argmin_x in line 3" in sentence and "steps were used up" in sentence


LONG = """
kinked fun shortfall(x: vector[N]) -> nonneg = 2 * sum(fmax(-x, 0))
elementwise kinked fun prox_shortfall(x: real, step: nonneg) -> real = if x > 0 then x else fmin(x + 2 * step, 0)
problem p(a: vector[N]) {
  param c: real = 0
  let lent = argmin x: vector[N] { sum((x - a).^2) + 0.5 * shortfall(x) }
  minimize (c - sum(lent))^2
}
"""


def test_a_tuple_of_one_that_is_longer_than_a_line_is_emitted() -> None:
    solved = pf.loads(LONG).p(a=np.array([1.0, 2.0, -3.0, -0.2])).solve()
    np.testing.assert_allclose(solved.lent, [1.0, 2.0, -2.5, 0.0], atol=1e-5)  # a, or a + 1/2 up to 0
    assert solved.converged


LASSO = """
problem p(x: vector[N], y: vector[N]) {
  param loglam: real = -1
  let w = argmin u: vector[1] { sum((x * u[0] - y).^2) + exp(loglam) * l1(u) }
  minimize (w[0] - 0.8)^2
}
"""


def test_the_penalty_of_a_lasso_is_solved_for() -> None:
    """The lasso of one feature is soft thresholding: w = (x y - lam / 2) / (x x), here 1 - lam / 10."""
    solved = pf.loads(LASSO).p(x=np.array([1.0, 2.0]), y=np.array([1.0, 2.0])).solve()
    assert solved.converged
    np.testing.assert_allclose(np.exp(solved.loglam), 2.0, rtol=1e-5)


@pytest.mark.slow
def test_a_set_with_mirror_steps_in_a_hole_inside_of_another() -> None:
    text = (
        "problem p(a: vector[N]) {\n  param c: real = 1\n"
        "  let w = argmin u: simplex[N] in simplex { sum((u - c * a).^2) } by mirror_descent()\n"
        "  minimize sum((w - a).^2)\n}\n"
    )
    a = np.array([0.5, 0.3, 0.2])
    solved = pf.loads(text).p(a=a).solve()
    np.testing.assert_allclose(solved.w, a, atol=1e-5)


def test_a_loose_tolerance_is_told() -> None:
    text = (
        "problem p(a: vector[N]) {\n  param x: vector[N] = 3\n"
        "  minimize sum((x - a).^4) by gradient_descent(tol=0.5)\n}\n"
    )
    solved = pf.loads(text).p(a=np.arange(3.0)).solve()
    assert solved.converged
    (sentence,) = solved.warnings
    assert "argmin_x in line 3: the tolerance is met and loose" in sentence
