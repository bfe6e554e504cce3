"""The reference interpreter against numpy written by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from pushforward.compiler.core.read import read
from pushforward.compiler.transforms.distribute import distribute
from tests.compiler.core.library import LIBRARY
from tests.compiler.core.programs import PATTERNS, Example, conditional, examples
from tests.compiler.interpreter.interpret import Result, run

RNG = np.random.default_rng(20240611)
N, K = 5, 3
VALUES = {
    "y": RNG.normal(size=N), "x": RNG.normal(size=(N, K)), "w": RNG.normal(size=K), "mu": np.asarray(0.3),
    "g": RNG.integers(0, K, N), "cube": RNG.normal(size=(2, K, N)),
}  # fmt: skip
HEAD = (
    "program p(N, K; y: vector[N] data, x: matrix[N, K] data, w: vector[K] data, g: int[N] data, "
    "cube: real[2, K, N] data) {\n  variable mu: real\n"
)
Y, X, W, G, CUBE = (VALUES[n] for n in ("y", "x", "w", "g", "cube"))


def _run(body: str) -> Result:
    return run(read(f"{HEAD}{body}\n}}\n", LIBRARY), VALUES, {"N": N, "K": K})


def test_a_recursion_with_factors() -> None:
    result = _run("""
      declare mu: real
      h: vector[N]
      h[0] = 1.0
      factor 0.5 from start
      for t in 1..N {
        a: real = h[t - 1]
        b: real = y[t - 1]
        c: real = multiply(a, mu)
        d: real = add(c, b)
        h[t] = d
        factor d from y
      }
      return {h}""")
    h = [1.0]
    for t in range(1, N):
        h.append(0.3 * h[-1] + Y[t - 1])
    np.testing.assert_allclose(result.returns["h"], h, rtol=1e-14)
    assert result.factors == {"start": 0.5, "y": pytest.approx(sum(h[1:]), rel=1e-14)}
    assert result.log_density == pytest.approx(0.5 + sum(h[1:]), rel=1e-14)
    assert set(result.values) >= {"h", "y", "mu"}


def test_an_element_that_was_not_stored_is_noticed() -> None:
    result = _run("h: vector[N]\nfor t in 0..N - 1 {\n  h[t] = 1.0\n}\na: real = sum(h)\nfactor a from y\nreturn {h}")
    assert np.isnan(result.log_density)
    assert np.isnan(result.returns["h"]).tolist() == [False] * (N - 1) + [True]


def test_a_container_that_starts_from_data_does_not_change_them() -> None:
    result = _run("h: vector[N] from y\nh[1] = 7.0\nreturn {h, y}")
    np.testing.assert_array_equal(result.returns["h"], [Y[0], 7.0, *Y[2:]])
    np.testing.assert_array_equal(result.returns["y"], Y)


def test_a_branch_is_taken() -> None:
    result = _run("""
      h: vector[N]
      for t in 0..N {
        a: real = y[t]
        b: bool = less(a, 0.0)
        if b {
          h[t] = a
        } else {
          h[t] = 0.0
        }
      }
      return {h}""")
    np.testing.assert_array_equal(result.returns["h"], np.minimum(Y, 0.0))


REGIONS = [
    ("x[1]", X[1]),
    ("x[0:N, 2]", X[:, 2]),
    ("x[1:N - 1, 0:2]", X[1 : N - 1, :2]),
    ("w[pick g]", W[G]),
    ("x[1, pick g]", X[1][G]),
    ("x[1:3, pick g]", X[1:3][:, G]),
    ("cube[0, 0:K, pick g]", CUBE[0][:, G]),
    ("cube[0:2, pick g, 1]", CUBE[:, :, 1][:, G]),
    ("cube[1, pick g]", CUBE[1][G]),
    ("cube[0:2, pick g, pick g]", CUBE[:, G, G]),
]


@pytest.mark.parametrize(("text", "expected"), REGIONS)
def test_regions_are_read(text: str, expected: np.ndarray) -> None:
    dims = ", ".join(map(str, expected.shape))
    result = _run(f"a: real[{dims}] = {text}\nreturn {{a}}")
    np.testing.assert_array_equal(result.returns["a"], expected)


@pytest.mark.parametrize(("text", "expected"), REGIONS)
def test_regions_are_stored(text: str, expected: np.ndarray) -> None:
    base, subs = text.split("[", 1)
    shape = ", ".join(map(str, VALUES[base].shape))
    dims = ", ".join(map(str, expected.shape))
    result = _run(f"c: real[{shape}] from {base}\nc[{subs} = 9.0\na: real[{dims}] = c[{subs}\nreturn {{a, c}}")
    np.testing.assert_array_equal(result.returns["a"], np.full(expected.shape, 9.0))
    changed = result.returns["c"] != VALUES[base]
    assert np.isin(VALUES[base][changed], expected).all() and changed.sum() == len(np.unique(expected))


def test_elements_that_do_not_exist() -> None:
    assert np.isnan(_run("a: real = y[-1]\nreturn {a}").returns["a"])
    assert np.isnan(_run("a: real = y[N]\nreturn {a}").returns["a"])
    for body in ("a: vector[2] = y[N - 1:N + 1]", "c: vector[N]\nc[-1] = 0.0"):
        with pytest.raises(IndexError):
            _run(body)
    with pytest.raises(ValueError, match="has shape"):
        _run("a: vector[2] = y[0:3]")


def test_array_core() -> None:
    result = _run("""
      a: real[N, 1] = expand y [:, new]
      b: matrix[N, K] = multiply(a, x)
      c: vector[N] = sum(b; axis=[-1])
      d: matrix[K, N] = permute b [1, 0]
      e: vector[N] = dot@jnp.dot(x, w; mapped=[+-])
      s: real[N, 2] = [y, c] at 1
      z: vector[N] = zeros real[N]
      u: vector[N] = update z[1:3] with 1.5
      j: real[N + K] = concat at 0 [y, w]
      i: int[N] = iota from 0 to N
      p: vector[N] = x[pick i, pick g]
      q: matrix[2, K] = broadcast w [2, K]
      v: real[2, 2] = free y[1] as [2, 2]
      o: real = free y[1]
      return {c, d, e, s, u, j, p, q, v, o}""")
    r = result.returns
    b = Y[:, None] * X
    np.testing.assert_allclose(r["c"], b.sum(1), rtol=1e-14)
    np.testing.assert_array_equal(r["d"], b.T)
    np.testing.assert_allclose(r["e"], X @ W, rtol=1e-14)
    np.testing.assert_array_equal(r["s"], np.stack([Y, r["c"]], 1))
    np.testing.assert_array_equal(r["u"], [0, 1.5, 1.5, 0, 0])
    np.testing.assert_array_equal(r["j"], [*Y, *W])
    np.testing.assert_array_equal(r["p"], X[np.arange(N), G])
    np.testing.assert_array_equal(r["q"], [W, W])
    np.testing.assert_array_equal(r["v"], Y[1:].reshape(2, 2))
    assert r["o"] == Y[1]


def test_mapped_axes_nest_outermost_first() -> None:
    # the outer axis is carried by the first argument, the inner one by both
    text = "a: matrix[2, K] = dot@jnp.dot(cube, m; mapped=[+-][++])\nreturn {a}"
    result = _run(f"m: matrix[K, N] = cube[0]\n{text}")
    expected = [[CUBE[i, k] @ CUBE[0, k] for k in range(K)] for i in range(2)]
    np.testing.assert_allclose(result.returns["a"], expected, rtol=1e-14)


def test_a_scan() -> None:
    result = _run("""
      scan s over N {
        carry h: real = 1.0 then h_next final last
        feed y_t: real = y
        h_half: real = multiply(h, 0.5)
        h_next: real = add(h_half, y_t)
        emit hs: real = h_next
      }
      scan s_1 over 0 {
        carry e: real = 2.0 then 3.0 final e_last
        emit es: vector[K] = w
      }
      return {hs, last, es, e_last}""")
    h, expected = 1.0, []
    for y in Y:
        h = 0.5 * h + y
        expected.append(h)
    np.testing.assert_allclose(result.returns["hs"], expected, rtol=1e-14)
    assert result.returns["last"] == result.returns["hs"][-1]
    assert result.returns["es"].shape == (0, K) and result.returns["e_last"] == 2.0


def test_prepare_runs_first() -> None:
    head = "program p(N; a: real prepared) {\n  prepare {\n    b: real = sum(y)\n"
    text = head + "    return {a = b}\n  }\n  factor a from y\n}\n"
    result = run(read(text, LIBRARY), VALUES, {"N": N})
    assert result.log_density == pytest.approx(Y.sum(), rel=1e-14)


def test_functions_of_the_runtime() -> None:
    result = _run("a: real = digamma@jsp.special.digamma.(2.0)\nreturn {a}")
    assert result.returns["a"] == pytest.approx(1.0 - np.euler_gamma, rel=1e-14)
    log_density = _run("a: real = log_prob numpyro.Normal(loc=0.0, scale=2.0) at 1.0\nreturn {a}").returns["a"]
    assert log_density == pytest.approx(-0.125 - np.log(2.0 * np.sqrt(2 * np.pi)), rel=1e-14)


def test_what_does_not_run_is_refused() -> None:
    for body in ("score flat() at 1.0: real from y", "a: real = draw normal(0.0, 1.0)", "split k from key"):
        with pytest.raises(TypeError, match="does not run here"):
            _run(body)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(examples((*PATTERNS, conditional)))
def test_generated_programs_have_finite_values(example: Example) -> None:
    result = run(example.program, example.values, example.statics)
    assert np.isfinite(result.log_density)
    assert all(np.isfinite(v).all() for v in result.returns.values())


@settings(max_examples=40, deadline=None, derandomize=True)
@given(examples())
def test_distributed_loops_mean_the_same(example: Example) -> None:
    expected = run(example.program, example.values, example.statics)
    found = run(distribute(example.program), example.values, example.statics)
    assert found.log_density == pytest.approx(expected.log_density, rel=1e-12, abs=1e-12)
    assert found.returns.keys() == expected.returns.keys()
    for name, value in expected.returns.items():
        np.testing.assert_array_equal(found.returns[name], value)
