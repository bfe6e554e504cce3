"""The objectives of flows on the line, where fields are linear in the state: expectations of squares, by quadrature.

A field is a + (b + c t) x. Everything but the assignment of a minibatch is a polynomial of degree 2 in normal numbers,
for which three nodes of Gauss and Hermite are exact; time is integrated with 40 nodes of Gauss and Legendre.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats

PROGRAMS = """
process field() {
  param a: real = 0.3
  param b: real = -0.4
  param c: real = 0.2
  x: vector[1] ~ normal(0.2, 1.1)
  dx = (a + (b + c * t) * x) dt
}
process denoiser() {
  param d: real = 0.1
  param e: real = 0.5
  x: vector[1] ~ normal(0, 1)
  dx = (d + e * (1 - t) * x) dt
}
process wide() {
  param a: real = 0.3
  param b: real = -0.4
  param c: real = 0.2
  x: vector[1] ~ multi_student_t(12, [0.0], [[4.0]])
  dx = (a + (b + c * t) * x) dt
}
process other() {
  x: vector[1] ~ normal(0.2, 1.1)
  dx = (0.3 + 0.5 * x) dt
}
model target() {
  x: vector[1] ~ normal(0.5, 0.8)
}
"""

AT = {"a": 0.3, "b": -0.4, "c": 0.2, "d": 0.1, "e": 0.5}

Params: TypeAlias = Mapping[str, Any]
Value: TypeAlias = Callable[[Params], Any]


def _hermite(n: int) -> tuple[Any, Any]:
    z, w = np.polynomial.hermite_e.hermegauss(n)
    return z, w / w.sum()


def _legendre() -> tuple[Any, Any]:
    t, w = np.polynomial.legendre.leggauss(40)
    return (t + 1) / 2, w / 2


def _mean(cost: Callable[..., Any], *laws: tuple[Any, Any]) -> Any:
    """The expectation of a cost of independent numbers with these nodes and weights; time comes first."""
    laws = (_legendre(), *laws)
    nodes = jnp.meshgrid(*(x for x, _ in laws), indexing="ij")
    weights = jnp.meshgrid(*(w for _, w in laws), indexing="ij")
    product = weights[0]
    for w in weights[1:]:
        product = product * w
    return jnp.sum(product * cost(*nodes))


def _normal(mean: float, sd: float, n: int = 3) -> tuple[Any, Any]:
    z, w = _hermite(n)
    return mean + sd * z, w


START, END, NOISE = _normal(0.2, 1.1), _normal(0.5, 0.8), _normal(0.0, 1.0)
#: The variance of a law of Student is (degrees) / (degrees - 2) that of the normal law with its scale.
WIDE = _normal(0.0, 2 * np.sqrt(12 / 10))


def _field(p: Params, t: Any, x: Any) -> Any:
    return p["a"] + (p["b"] + p["c"] * t) * x


def _denoiser(p: Params, t: Any, x: Any) -> Any:
    return p["d"] + p["e"] * (1 - t) * x


def flow_matching(p: Params) -> Any:
    return _mean(lambda t, x, y: (_field(p, t, (1 - t) * x + t * y) - (y - x)) ** 2, START, END)


def minibatch_flow_matching(p: Params) -> Any:
    """Of two and two, the smaller are joined and the larger: order statistics, which are independent at the two ends."""
    total = 0.0
    for side in (stats.norm.sf, stats.norm.cdf):
        z, w = _hermite(60)
        ends = [(m + s * z, 2 * w * side(z)) for m, s in ((0.2, 1.1), (0.5, 0.8))]
        total += _mean(lambda t, x, y: (_field(p, t, (1 - t) * x + t * y) - (y - x)) ** 2, *ends) / 2
    return total


def reflow(p: Params) -> Any:
    def cost(t: Any, x: Any) -> Any:
        y = np.exp(0.5) * x + 0.3 * np.expm1(0.5) / 0.5
        return (_field(p, t, (1 - t) * x + t * y) - (y - x)) ** 2

    return _mean(cost, START)


def stochastic_interpolant(p: Params) -> Any:
    def cost(t: Any, x0: Any, z: Any, x1: Any) -> Any:
        x = (1 - t) * x0 + t * x1 + 0.6 * jnp.sin(jnp.pi * t) ** 2 * z
        u = x1 - x0 + 0.6 * jnp.pi * jnp.sin(2 * jnp.pi * t) * z
        return (_field(p, t, x) - u) ** 2 + (_denoiser(p, t, x) - z) ** 2

    return _mean(cost, START, NOISE, END)


def score_matching(p: Params) -> Any:
    def cost(t: Any, e: Any, x1: Any) -> Any:
        sigma = 1.5 ** (1 - t) * 0.2**t
        return (sigma * _denoiser(p, t, x1 + sigma * e / 1.5) + e / 1.5) ** 2

    return _mean(cost, NOISE, END)


def denoising(p: Params) -> Any:
    def cost(u: Any, x0: Any, x1: Any) -> Any:
        t = 1 - u**3
        x = x1 + (1 - t) * x0
        return (x + (1 - t) * _field(p, t, x) - x1) ** 2

    return _mean(cost, WIDE, END)


def likelihood(p: Params) -> Any:
    """x1 = phi(1) (x0 + a times the integral of 1 / phi), with phi the exponential of the integral of b + c t."""
    t, w = _legendre()
    shift = p["a"] * jnp.sum(w * jnp.exp(-(p["b"] * t + p["c"] * t**2 / 2)))
    y, weights = END
    grown = p["b"] + p["c"] / 2
    z = (y * jnp.exp(-grown) - shift - 0.2) / 1.1
    return jnp.sum(weights * (-(z**2) / 2)) - np.log(1.1) - 0.5 * np.log(2 * np.pi) - grown


EXACT: Mapping[str, Value] = {
    f.__name__: f
    for f in (
        flow_matching, minibatch_flow_matching, reflow, stochastic_interpolant, score_matching, denoising, likelihood,
    )
}


def exact(name: str) -> dict[str, float]:
    """The value, under "", and the derivatives."""
    value, gradient = jax.jit(jax.value_and_grad(EXACT[name]))(AT)
    return {"": float(value)} | {n: float(g) for n, g in gradient.items()}
