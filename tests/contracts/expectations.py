"""Exact expectations, by sums and by quadrature, and their derivatives by differences: numpy and scipy, nothing of ours.

A law is a grid of values with probabilities, as fine as the tenth digit asks for. Panels of the grid end at 0 and at `JUMP`, so that
functions that jump there are integrated as well as smooth ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.polynomial.legendre import leggauss
from scipy import special, stats

Grid: TypeAlias = tuple[np.ndarray, np.ndarray]

#: Where the test functions jump that do.
JUMP = 0.4
_NODES, _WEIGHTS = leggauss(24)
_LEVELS = (1e-13, 1e-9, 1e-6, 1e-4, 1e-2, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999, 1 - 1e-6, 1 - 1e-9, 1 - 1e-13)


def line(law: Any, *ends: float) -> Grid:
    """A law on the line, cut at the levels of its distribution function, at the jumps and at `ends`, where its density breaks."""
    cuts = np.unique([*law.ppf(_LEVELS), *(c for c in (0.0, JUMP, *ends) if law.ppf(1e-13) < c < law.ppf(1 - 1e-13))])
    middle, half = (cuts[1:] + cuts[:-1]) / 2, (cuts[1:] - cuts[:-1]) / 2
    x = (middle[:, None] + half[:, None] * _NODES).ravel()
    return x, (half[:, None] * _WEIGHTS).ravel() * law.pdf(x)


def counts(law: Any, most: int) -> Grid:
    """A law on 0, ..., most."""
    k = np.arange(most + 1.0)
    return k, law.pmf(k)


def gauss(mean: Any, sd: Any, nodes: int = 40) -> tuple[Any, np.ndarray]:
    """A normal law, for functions without jumps: [..., nodes] values for arrays of means and standard deviations, [nodes] weights."""
    e, w = hermegauss(nodes)
    return np.asarray(mean)[..., None] + np.asarray(sd)[..., None] * e, w / w.sum()


@dataclass(frozen=True)
class Law:
    """A law of two real numbers a and b: how it is written in the language, and its grid."""

    text: str
    grid: Callable[[float, float], Grid]
    discrete: bool = False
    finite: bool = False
    moving_support: bool = False

    def call(self, a: str = "a", b: str = "b") -> str:
        """The law at two expressions."""
        return self.text.replace("$a", f"({a})").replace("$b", f"({b})")


def _uniform(a: float, b: float) -> Grid:
    return line(stats.uniform(a, np.exp(b)))


def _categorical(a: float, b: float) -> Grid:
    return np.arange(3.0), special.softmax([a, b, 0.0])


LAWS = {
    "normal": Law("normal($a, exp($b))", lambda a, b: line(stats.norm(a, np.exp(b)))),
    "gamma": Law("gamma(exp($a + 1), exp($b))", lambda a, b: line(stats.gamma(np.exp(a + 1), scale=np.exp(-b)))),
    "beta": Law("beta(exp($a + 1), exp($b + 1))", lambda a, b: line(stats.beta(np.exp(a + 1), np.exp(b + 1)))),
    "exponential": Law("exponential(exp($a))", lambda a, b: line(stats.expon(scale=np.exp(-a)))),
    "laplace": Law("laplace($a, exp($b))", lambda a, b: line(stats.laplace(a, np.exp(b)), a)),
    "lognormal": Law("lognormal($a, exp($b))", lambda a, b: line(stats.lognorm(np.exp(b), scale=np.exp(a)))),
    "student_t": Law("student_t(7, $a, exp($b))", lambda a, b: line(stats.t(7, a, np.exp(b)))),
    "von_mises": Law("von_mises($a, exp($b))", lambda a, b: line(_Circular(a, np.exp(b)))),
    "weibull": Law("weibull(2, exp($a))", lambda a, b: line(stats.weibull_min(2, scale=np.exp(a)))),
    "uniform": Law("uniform($a, $a + exp($b))", _uniform, moving_support=True),
    "bernoulli": Law(
        "bernoulli(inv_logit($a))", lambda a, b: counts(stats.bernoulli(special.expit(a)), 1), discrete=True, finite=True
    ),
    "bernoulli_logit": Law(
        "bernoulli_logit($a)", lambda a, b: counts(stats.bernoulli(special.expit(a)), 1), discrete=True, finite=True
    ),
    "binomial": Law(
        "binomial(3, inv_logit($a))", lambda a, b: counts(stats.binom(3, special.expit(a)), 3), discrete=True, finite=True
    ),
    "categorical": Law("categorical(softmax([$a, $b, 0]))", _categorical, discrete=True, finite=True),
    "poisson": Law("poisson(exp($a))", lambda a, b: counts(stats.poisson(np.exp(a)), 60), discrete=True),
}  # fmt: skip


@dataclass(frozen=True)
class _Circular:
    """A von Mises law on [-pi, pi]."""

    mu: float
    kappa: float

    def ppf(self, p: Any) -> Any:
        """Places between which the density is smooth: the interval in equal parts, whatever the levels."""
        return -np.pi + 2 * np.pi * np.asarray(p)

    def pdf(self, x: Any) -> Any:
        return np.exp(self.kappa * (np.cos(x - self.mu) - 1)) / (2 * np.pi * special.i0e(self.kappa))


def gradient(value: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    """The derivative of a smooth function, by two central differences and Richardson's extrapolation."""
    found = []
    for i in range(at.size):
        e = np.zeros_like(at)
        e[i] = 1.0

        def slope(h: float, e: np.ndarray = e) -> float:
            return (value(at + h * e) - value(at - h * e)) / (2 * h)

        found.append((4 * slope(5e-4) - slope(1e-3)) / 3)
    return np.array(found)
