"""Small programs whose meaning is worked out by hand, each of which a loop planner could get wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
import pytest

import pushforward as pf
from pushforward.dsl.diagnostic import ProgramError
from pushforward.runtime.data import DataError

RNG = np.random.default_rng(7)
X, A = RNG.normal(size=5), RNG.normal(size=(5, 4))


@pytest.fixture(autouse=True)
def _x64() -> Any:
    with jax.enable_x64(True):
        yield


def density(text: str, values: Mapping[str, Any], **data: Any) -> float:
    """The log density of the only model of a text."""
    return float(jax.jit(pf.loads(text).only().with_data(data).log_density)(dict(values)))


def normal(y: Any, m: Any = 0.0, s: Any = 1.0) -> float:
    return float(np.sum(-0.5 * ((y - m) / s) ** 2 - np.log(s) - 0.5 * np.log(2 * np.pi)))


def test_names_like_those_of_temporaries() -> None:
    text = """model m(x: vector[N]) { t1 ~ normal(0, 1); t_1 ~ normal(0, 1)
      factor sum(exp(x * t1) .* exp(x * t1)) + t1 * t_1 }"""
    expected = normal(0.3) + normal(0.2) + np.sum(np.exp(X * 0.3) ** 2) + 0.06
    assert density(text, {"t1": 0.3, "t_1": 0.2}, x=X) == pytest.approx(expected)
    assert density("model m(t: vector[N]) { a ~ normal(0, 1); factor a * sum(t) }", {"a": 0.5}, t=X) == pytest.approx(
        normal(0.5) + 0.5 * X.sum()
    )


def test_an_element_read_in_the_branch_that_stores_it() -> None:
    text = """model m(x: vector[N]) { a ~ normal(0, 1); let h: vector[N]; let g: vector[N]
      for t in 0..N {
        if x[t] > 0 { h[t] = 2 * a * x[t]; g[t] = h[t] + 1; factor h[t] } else { h[t] = 0.5; g[t] = h[t] - 1 }
      }
      factor sum(h) + sum(g) }"""
    h = np.where(X > 0, 2 * 0.7 * X, 0.5)
    g = np.where(X > 0, h + 1, h - 1)
    expected = normal(0.7) + np.sum(h[X > 0]) + h.sum() + g.sum()
    assert density(text, {"a": 0.7}, x=X) == pytest.approx(expected)


def test_a_recursion_across_the_inner_index() -> None:
    text = """model m(x: matrix[M, K]) { a ~ normal(0, 1); let h: matrix[M, K]
      for j in 0..M { h[j, 0] = a * x[j, 0] }
      for t in 1..K { h[M - 1, t] = x[M - 1, t] }
      for t in 1..K { for j in 0..M - 1 { h[j, t] = 0.5 * h[j + 1, t - 1] + x[j, t] } }
      factor sum(h) }"""
    h = np.zeros_like(A)
    h[:, 0], h[-1, 1:] = 0.4 * A[:, 0], A[-1, 1:]
    for t in range(1, 4):
        for j in range(4):
            h[j, t] = 0.5 * h[j + 1, t - 1] + A[j, t]
    assert density(text, {"a": 0.4}, x=A) == pytest.approx(normal(0.4) + h.sum())


def test_stores_that_overlap_keep_their_order() -> None:
    text = """model m(x: vector[N]) { a ~ normal(0, 1); let s: vector[N + 1]
      for t in 0..N { s[t] = a * x[t]; s[t + 1] = 2 * x[t] }
      factor sum(s) }"""
    s = np.zeros(6)
    for t in range(5):
        s[t], s[t + 1] = 0.3 * X[t], 2 * X[t]
    assert density(text, {"a": 0.3}, x=X) == pytest.approx(normal(0.3) + s.sum())


def test_a_loop_that_would_run_backwards_is_refused() -> None:
    text = """model m(T: int) { s: positive ~ normal(0, 1); y: vector[T]; y[0] ~ normal(0, 1)
      for t in 2..T { y[t] ~ normal(y[t - 1], s) } }"""
    with pytest.raises(DataError) as error:
        density(text, {"s": 1.0}, T=1, y=[0.1])
    assert [p.code for p in error.value.problems] == ["PF810"]


@pytest.mark.parametrize(
    "sites",
    ["y ~ normal(a, 1)", "for i in 0..N { y[i] ~ normal(a, 1) }", "y[0:2] ~ normal(a, 1); y[2:N] ~ normal(a, 1)"],
)
def test_bounds_that_differ_by_element(sites: str) -> None:
    from scipy import stats

    low = np.array([-0.5, 0.0, 0.5, -1.0, 0.2])
    y = low + 0.3
    text = f"model m(L: vector[N]) {{ a ~ normal(0, 1); y: real<lower=L>[N]; {sites} }}"
    expected = normal(0.4) + normal(y, 0.4) - np.sum(stats.norm.logsf(low, 0.4))
    assert density(text, {"a": 0.4}, L=low, y=y) == pytest.approx(expected)
    drawn = jax.jit(pf.loads(text).m(L=low).simulate)(jax.random.key(0))["y"]
    assert np.all(np.asarray(drawn) >= low)


def test_a_cut_mixture_is_not_drawn_from_uncut() -> None:
    text = "model m() { y: positive ~ mixture([0.5, 0.5], [normal(-1, 1), normal(1, 1)]) }"
    with pytest.raises(ProgramError, match="PF453"):
        pf.loads(text).m().simulate(jax.random.key(0))


def test_two_moving_slices_at_once_are_refused() -> None:
    text = "model m(x: matrix[M, M]) { a ~ normal(0, 1); for i in 0..M - 1 { factor a * sum(x[i:i+2, i:i+2]) } }"
    with pytest.raises(ProgramError, match="PF491"):
        density(text, {"a": 0.4}, x=A[:4])


def test_a_container_inside_a_recursion_with_a_recursion_inside() -> None:
    text = """model m(x: matrix[M, K]) { a ~ normal(0, 1); let s: vector[M]; s[0] = a
      for i in 1..M { let h: vector[K]; h[0] = s[i - 1]
        for t in 1..K { h[t] = h[t - 1] * x[i, t] + x[i, 0] }
        s[i] = sum(h) }
      factor s[M - 1] }"""
    s = 0.3
    for i in range(1, 5):
        h = [s]
        for t in range(1, 4):
            h.append(h[-1] * A[i, t] + A[i, 0])
        s = sum(h)
    assert density(text, {"a": 0.3}, x=A) == pytest.approx(normal(0.3) + s)


def test_a_reversed_store_in_a_container_of_an_outer_loop() -> None:
    text = """model m(x: matrix[M, K]) { a ~ normal(0, 1)
      for i in 0..M { let c: vector[K]; for k in 0..K { c[K - 1 - k] = a * x[i, k] + i }; factor c[0] * c[1] } }"""
    c = 0.3 * A[:, ::-1] + np.arange(5)[:, None]
    assert density(text, {"a": 0.3}, x=A) == pytest.approx(normal(0.3) + np.sum(c[:, 0] * c[:, 1]))


def test_negative_powers_of_integers() -> None:
    text = "model m(n: int[N]) { a ~ normal(0, 1); for i in 0..N { factor a * (n[i]^(-1) + (i + 1)^(-2)) } }"
    n = np.array([1, 2, 4])
    expected = normal(0.5) + 0.5 * np.sum(1 / n + 1.0 / (np.arange(3) + 1) ** 2)
    assert density(text, {"a": 0.5}, n=n) == pytest.approx(expected)


def test_sites_on_neighbouring_slices_cover() -> None:
    text = "model m(N: int) { y: vector[2 * N]; for i in 0..N { y[2*i:2*i+2] ~ normal(i, 0.001) } }"
    y = jax.jit(pf.loads(text).m(N=3).simulate)(jax.random.key(1))["y"]
    np.testing.assert_allclose(y, [0, 0, 1, 1, 2, 2], atol=0.01)
