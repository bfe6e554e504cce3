"""`grad` and `hessian` in programs: against derivatives by JAX of the same functions written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pushforward as pf
from pushforward.dsl.diagnostic import ProgramError

PROGRAM = """
fun cubic(x: vector[N], a: vector[N], c: real) -> real = sum(a .* x.^3) + c * sum(x)^2
fun square(x: real) -> real = x^2
model m(a: vector[N]) {
  tau ~ half_normal(1)
  y ~ normal(0, tau)
  let x = tau * a
  let of_a_function = grad(fun(u) = tau * dot(u, u.^2))(x)
  let of_a_call = grad(cubic(a, tau))(x)
  let curvature = hessian(cubic(a, tau))(x)
  let of_a_name = grad(square)(tau)
  let of_a_number = hessian(fun(s) = tau * s^4)(2)
  let of_a_matrix = grad(fun(M) = sum(M.^2) * M[0, 1])([[tau, 2.0], [3.0, tau]])
  let nested = grad(fun(u) { let g = grad(cubic(a, tau))(u); dot(g, g) })(x)
  let laplacian = trace(hessian(fun(u) = sum(exp(tau * u)))(x))
  let in_a_loop: matrix[3, N]
  for k in 0..3 {
    in_a_loop[k] = grad(fun(u) = (k + 1) * tau * sum(u.^4))(a)
  }
  let recursion: vector[4]
  recursion[0] = tau
  for t in 1..4 {
    recursion[t] = recursion[t-1] - 0.1 * grad(fun(s) = s^4)(recursion[t-1])
  }
  let of_a_minimum = grad(fun(b) {
    let w = argmin w: real { (w - b)^2 + tau * w^2 } by newton()
    w^2
  })(3)
  let in_a_minimum = argmin v: real { sum(grad(fun(u) = (u - tau)^3)(v))^2 + (v - tau)^2 } by newton()
  return {
    of_a_function, of_a_call, curvature, of_a_name, of_a_number, of_a_matrix, nested, laplacian, in_a_loop, recursion,
    of_a_minimum, in_a_minimum
  }
}
"""
A = np.array([0.7, -1.2, 0.4])


def cubic(x: Any, t: Any) -> Any:
    return jnp.sum(A * x**3) + t * jnp.sum(x) ** 2


def nested(t: Any) -> Any:
    return jax.grad(lambda u: jnp.sum(jax.grad(cubic)(u, t) ** 2))(t * A)


def recursion(t: Any) -> Any:
    values = [t]
    for _ in range(3):
        values.append(values[-1] - 0.4 * values[-1] ** 3)
    return jnp.stack(values)


EXACT: dict[str, Callable[[Any], Any]] = {
    "of_a_function": lambda t: 3 * t * (t * A) ** 2,
    "of_a_call": lambda t: jax.grad(cubic)(t * A, t),
    "curvature": lambda t: jax.hessian(cubic)(t * A, t),
    "of_a_name": lambda t: 2 * t,
    "of_a_number": lambda t: 48 * t,
    "of_a_matrix": lambda t: jax.grad(lambda m: jnp.sum(m**2) * m[0, 1])(jnp.array([[t, 2.0], [3.0, t]])),
    "nested": nested,
    "laplacian": lambda t: jnp.sum(t**2 * jnp.exp(t * t * A)),
    "in_a_loop": lambda t: 4 * t * jnp.arange(1, 4)[:, None] * A**3,
    "recursion": recursion,
    "of_a_minimum": lambda t: 6 / (1 + t) ** 2,
    "in_a_minimum": lambda t: t,
}


@pytest.fixture(scope="module")
def found() -> Iterator[tuple[Any, Any, Any]]:
    """Values, forward derivatives and reverse derivatives at tau = 0.7."""
    with jax.enable_x64(True):
        bound = pf.loads(PROGRAM).m(a=A).condition(y=0.1)
        generated = jax.jit(lambda tau: bound.generated({"tau": tau}))
        tau = jnp.asarray(0.7)
        yield generated(tau), jax.jit(jax.jacfwd(generated))(tau), jax.jit(jax.jacrev(generated))(tau)


@pytest.mark.parametrize("name", EXACT)
def test_values_and_derivatives(name: str, found: tuple[Any, Any, Any]) -> None:
    values, forward, reverse = found
    with jax.enable_x64(True):
        np.testing.assert_allclose(values[name], EXACT[name](0.7), rtol=1e-9, atol=1e-10)
        slope = jax.jacfwd(EXACT[name])(0.7)
    np.testing.assert_allclose(forward[name], slope, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(reverse[name], slope, rtol=1e-7, atol=1e-8)


def test_nothing_is_reported_of_a_derivative() -> None:
    """A derivative stands beside holes and is none: nothing is solved."""
    text = "model m(a: vector[N]) {\n  x ~ normal(0, 1)\n  return {g = grad(fun(u) = dot(u, a))(x * a)}\n}\n"
    bound = pf.loads(text).m(a=A)
    found = bound.compiled.function("solve")(bound.sizes, bound.arrays, {"x": jnp.asarray(2.0)})
    assert found.keys() == {"g"}
    np.testing.assert_allclose(found["g"], A, rtol=1e-6)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("grad(fun(u) = u)(x)", "not a number"),
        ("grad(fun(u) = sum(u))", "wants a value behind it"),
        ("grad(fun(u, v) = sum(u))(x)", "no function of one argument"),
        ("grad(nothing)(x)", "no function of one argument"),
        ("grad(fun(u) = sum(u), 1)(x)", "takes one function"),
        ("grad(fun(u) = sum(u))(x, x)", "takes one function"),
        ("hessian(fun(u) = sum(u))(x * x')", "write the matrix as a vector"),
        ("grad(fun(u) = 1.0)(x[0] > 0)", "this is bool"),
    ],
)
def test_what_is_refused(written: str, said: str) -> None:
    with pytest.raises(ProgramError) as caught:
        pf.loads(f"model m() {{\n  x: vector[2] ~ normal(0, 1)\n  let g = {written}\n  y ~ normal(sum(x), 1)\n}}\n")
    (found, *_) = caught.value.diagnostics
    assert found.code == "PF609" and said in str(found.primary)
