"""A law that a declared type cuts still integrates to one, at values of its arguments that are unknown to the compiler.

All variables of one program are put on a grid at once; `factors` tells their terms apart. The quadrature is Gauss and
Legendre's with 400 nodes on (0, 1), mapped to each variable's interval by rational maps, after which the integrands are
smooth.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.api import Bound, loads

INF = math.inf

#: Type, law and interval of each variable. The arguments m, s and b are variables themselves.
CUT: tuple[tuple[str, str, float, float], ...] = (
    ("positive", "normal(m, s)", 0.0, INF),
    ("real<lower=-1>", "normal(m, s)", -1.0, INF),
    ("real<upper=2>", "normal(m, s)", -INF, 2.0),
    ("real<lower=-1, upper=2>", "normal(m, s)", -1.0, 2.0),
    ("real<lower=-1, upper=b>", "normal(m, 2)", -1.0, 0.7),
    ("unit", "normal(4 * m, s / 4)", 0.0, 1.0),
    ("positive", "student_t(4, m, s)", 0.0, INF),
    ("real<lower=-1, upper=2>", "student_t(4, m, s)", -1.0, 2.0),
    ("positive", "cauchy(m, s)", 0.0, INF),
    ("real<upper=2>", "cauchy(m, s)", -INF, 2.0),
    ("positive", "logistic(m, s)", 0.0, INF),
    ("real<lower=b>", "gumbel(m, s)", 0.7, INF),
    ("positive", "laplace(m, s)", 0.0, INF),
    ("real<lower=0, upper=2>", "exponential(s)", 0.0, 2.0),
    ("real<lower=1>", "exponential(s)", 1.0, INF),
    ("real<lower=0, upper=b>", "lognormal(m, s)", 0.0, 0.7),
    ("real<lower=1>", "gamma(s + 1, 2)", 1.0, INF),
    ("real<lower=0.5>", "weibull(1 + s, 2)", 0.5, INF),
    ("real<lower=0.2, upper=0.9>", "beta(1 + s, 2)", 0.2, 0.9),
    ("real<lower=1>", "half_normal(s)", 1.0, INF),
    ("real<lower=-2, upper=2>", "uniform(-3, b)", -2.0, 0.7),
)
GIVEN = {"m": -0.8, "s": 0.6, "b": 0.7}
HEAD = "model m() {\n  m ~ normal(0, 1)\n  s ~ half_normal(1)\n  b ~ uniform(0, 1)\n"
FIRST_LINE = HEAD.count("\n") + 1


def nodes(lower: float, upper: float, count: int = 400) -> tuple[Any, Any]:
    """Points of the interval and their weights."""
    t, w = np.polynomial.legendre.leggauss(count)
    t, w = (t + 1) / 2, w / 2
    if math.isfinite(lower) and math.isfinite(upper):
        return lower + (upper - lower) * t, (upper - lower) * w
    slope = 1 / (1 - t) ** 2
    return (lower + t / (1 - t), w * slope) if math.isfinite(lower) else (upper - t / (1 - t), w * slope)


def masses(b: Bound, first_line: int) -> list[float]:
    """The integral of the density of x_i, written at line `first_line + i`, for every row of `CUT`."""
    grids = [nodes(lower, upper) for _, _, lower, upper in CUT]
    points = {f"x_{i}": jnp.asarray(x) for i, (x, _) in enumerate(grids)}
    terms = jax.jit(jax.vmap(lambda p: b.factors({**GIVEN, **p})))(points)
    return [float(np.exp(np.asarray(terms[f"x_{i}@{first_line + i}"])) @ w) for i, (_, w) in enumerate(grids)]


@pytest.fixture(scope="module")
def mass(strict_jax: None) -> list[float]:
    lines = "".join(f"  x_{i}: {type_} ~ {law}\n" for i, (type_, law, _, _) in enumerate(CUT))
    return masses(loads(f"{HEAD}{lines}}}").m(), FIRST_LINE)


@pytest.mark.parametrize("row", range(len(CUT)), ids=[f"{law} on {type_}" for type_, law, _, _ in CUT])
def test_a_cut_law_has_mass_one(row: int, mass: list[float]) -> None:
    np.testing.assert_allclose(mass[row], 1.0, rtol=1e-8)


def test_without_the_normaliser_it_would_not() -> None:
    """The control: the same integral of the law before it is cut is the probability of the interval, far from one."""
    b = loads(f"{HEAD}  x ~ normal(m, s)\n}}").m()
    x, w = nodes(0.0, INF)
    terms = jax.jit(jax.vmap(lambda x: b.factors({**GIVEN, "x": x})))(jnp.asarray(x))
    uncut = float(np.exp(np.asarray(terms[f"x@{FIRST_LINE}"])) @ w)
    np.testing.assert_allclose(uncut, 0.5 * math.erfc(0.8 / 0.6 / math.sqrt(2)), rtol=1e-8)
    assert abs(uncut - 1.0) > 0.5


@pytest.mark.parametrize("type_, law, support", [
    ("int<lower=1>", "poisson(exp(m))", range(1, 60)),
    ("int<upper=2>", "poisson(exp(m))", range(0, 3)),
    ("int<lower=1, upper=3>", "poisson(exp(m))", range(1, 4)),
    ("int<lower=1, upper=4>", "binomial(6, b)", range(1, 5)),
])  # fmt: skip
def test_a_cut_discrete_law_has_mass_one(type_: str, law: str, support: range) -> None:
    b = loads(f"{HEAD}  k: {type_} ~ {law}\n}}").m()
    terms = jax.jit(jax.vmap(lambda k: b.factors({**GIVEN, "k": k})))(jnp.asarray(list(support)))
    np.testing.assert_allclose(np.exp(np.asarray(terms[f"k@{FIRST_LINE}"])).sum(), 1.0, rtol=1e-10)


def test_a_batch_is_cut_draw_by_draw() -> None:
    """The density of a vector of cut draws is the sum of those of its entries."""
    text = "model m() {{\n  m ~ normal(0, 1)\n  x: real<lower=-1, upper=2>{} ~ normal(m, 0.5)\n}}"
    one, three = loads(text.format("")).m(), loads(text.format("[3]")).m()
    x = np.array([-0.9, 0.1, 1.7])
    whole = float(three.factors({"m": 0.3, "x": x})["x@3"])
    np.testing.assert_allclose(whole, sum(float(one.factors({"m": 0.3, "x": v})["x@3"]) for v in x), rtol=1e-12)
