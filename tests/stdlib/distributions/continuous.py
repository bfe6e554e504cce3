"""Oracles of the distributions on the line, the half-line and intervals: SciPy or a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import integrate, special, stats

from tests.stdlib.distributions.oracle import Oracle, Params, cases_of, scipy_oracle

LINE = (-40.0, -8.0, -1.5, -0.3, 0.0, 1e-5, 0.7, 2.0, 9.0, 50.0)
HALF_LINE = (1e-8, 0.01, 0.4, 1.0, 2.5, 7.0, 30.0)
INTERVAL = (1e-12, 1e-3, 0.2, 0.5, 0.83, 0.999)


def _half_t_logpdf(x: float, nu: float, sigma: float) -> Any:
    return np.log(2.0) + stats.t(nu, scale=sigma).logpdf(x)


def _half_t_mean(nu: float, sigma: float) -> float:
    if nu <= 1:
        return np.inf
    log_ratio = special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2)
    return float(2 * sigma * np.sqrt(nu / np.pi) * np.exp(log_ratio) / (nu - 1))


def _half_t_variance(nu: float, sigma: float) -> float:
    return np.inf if nu <= 2 else sigma**2 * nu / (nu - 2) - _half_t_mean(nu, sigma) ** 2


def _von_mises_moment(power: int, centre: float, mu: float, kappa: float) -> float:
    law = stats.vonmises(kappa)
    value, _ = integrate.quad(lambda x: (x - centre) ** power * law.pdf(x - mu), -np.pi, np.pi)
    return float(value)


def _von_mises_variance(mu: float, kappa: float) -> float:
    return _von_mises_moment(2, _von_mises_moment(1, 0.0, mu, kappa), mu, kappa)


def unrolled_von_mises_cdf(x: Any, kappa: Any) -> Any:
    """1/2 at 0 and one more each turn, by its Fourier series (Mardia and Jupp 2000, eq. 3.5.18); SciPy's is good to six digits."""
    order = np.arange(1, 130)
    terms = special.ive(order, np.asarray(kappa)[..., None]) * np.sin(order * np.asarray(x)[..., None]) / order
    return 0.5 + x / (2 * np.pi) + terms.sum(axis=-1) / (np.pi * special.ive(0, kappa))


def _von_mises_cdf(x: Any, mu: float, kappa: float) -> Any:
    inside = np.clip(x, -np.pi, np.pi)
    return unrolled_von_mises_cdf(inside - mu, kappa) - unrolled_von_mises_cdf(-np.pi - mu, kappa)


def _uniform(a: float, b: float) -> Any:
    return stats.uniform(a, b - a)


def _triangular(a: float, b: float, peak: float) -> Any:
    return stats.triang((peak - a) / (b - a), loc=a, scale=b - a)


def _emg(mu: float, sigma: float, rate: float) -> Any:
    return stats.exponnorm(1.0 / (sigma * rate), loc=mu, scale=sigma)


def _kumaraswamy_logpdf(x: float, a: float, b: float) -> float:
    return float(np.log(a * b) + special.xlogy(a - 1, x) + special.xlog1py(b - 1, -(x**a)))


def _kumaraswamy_moment(power: int, a: float, b: float) -> float:
    return float(b * special.beta(1 + power / a, b))


_LOCATED: tuple[Params, ...] = (
    {"mu": 0.0, "sigma": 1.0},
    {"mu": -1.5, "sigma": 0.3},
    {"mu": 4.0, "sigma": 12.0},
)
_SHAPES: tuple[Params, ...] = ({"a": 1.0, "b": 1.0}, {"a": 0.4, "b": 3.0}, {"a": 5.0, "b": 2.5})

CONTINUOUS: Mapping[str, Oracle] = {
    "normal": scipy_oracle(lambda mu, sigma: stats.norm(mu, sigma), cases_of(LINE, *_LOCATED)),
    "std_normal": scipy_oracle(lambda: stats.norm(), cases_of(LINE, {})),
    "student_t": scipy_oracle(
        lambda nu, mu, sigma: stats.t(nu, mu, sigma),
        cases_of(
            LINE,
            {"nu": 0.5, "mu": 0.0, "sigma": 1.0},
            {"nu": 4.0, "mu": 0.0, "sigma": 1.0},
            {"nu": 3.0, "mu": -1.5, "sigma": 0.3},
            {"nu": 200.0, "mu": 4.0, "sigma": 12.0},
        ),
    ),
    "cauchy": scipy_oracle(lambda mu, sigma: stats.cauchy(mu, sigma), cases_of(LINE, *_LOCATED)),
    "half_normal": scipy_oracle(
        lambda sigma: stats.halfnorm(scale=sigma), cases_of(HALF_LINE, {"sigma": 1.0}, {"sigma": 7.0})
    ),
    "half_cauchy": scipy_oracle(
        lambda sigma: stats.halfcauchy(scale=sigma),
        cases_of((*HALF_LINE, 1e9), {"sigma": 1.0}, {"sigma": 5.0}),
    ),
    "half_student_t": Oracle(
        cases_of(
            (*HALF_LINE, 1e4),
            {"nu": 0.7, "sigma": 1.0},
            {"nu": 3.0, "sigma": 2.5},
            {"nu": 40.0, "sigma": 5.0},
        ),
        _half_t_logpdf,
        cdf=lambda x, nu, sigma: special.betainc(0.5, nu / 2, (h := np.maximum(x, 0.0)) ** 2 / (h**2 + nu * sigma**2)),
        ccdf=lambda x, nu, sigma: 2 * stats.t(nu, scale=sigma).sf(x),
        sample_mean=_half_t_mean,
        sample_variance=_half_t_variance,
    ),
    "laplace": scipy_oracle(lambda mu, sigma: stats.laplace(mu, sigma), cases_of(LINE, *_LOCATED)),
    "logistic": scipy_oracle(lambda mu, sigma: stats.logistic(mu, sigma), cases_of(LINE, *_LOCATED)),
    "gumbel": scipy_oracle(
        lambda mu, beta: stats.gumbel_r(mu, beta),
        cases_of((-4.0, *LINE[2:]), {"mu": 0.0, "beta": 1.0}, {"mu": -1.0, "beta": 2.5}),
    ),
    "lognormal": scipy_oracle(
        lambda mu, sigma: stats.lognorm(sigma, scale=np.exp(mu)),
        cases_of(HALF_LINE, {"mu": 0.0, "sigma": 1.0}, {"mu": 1.5, "sigma": 0.4}),
    ),
    "gamma": scipy_oracle(
        lambda alpha, beta: stats.gamma(alpha, scale=1.0 / beta),
        cases_of(
            HALF_LINE, {"alpha": 1.0, "beta": 2.0}, {"alpha": 0.3, "beta": 1.0}, {"alpha": 9.0, "beta": 4.0}
        ),
    ),
    "inv_gamma": scipy_oracle(
        lambda alpha, beta: stats.invgamma(alpha, scale=beta),
        cases_of(HALF_LINE[1:], {"alpha": 1.0, "beta": 2.0}, {"alpha": 5.0, "beta": 4.0}),
    ),
    "exponential": scipy_oracle(
        lambda rate: stats.expon(scale=1.0 / rate),
        cases_of(HALF_LINE, {"rate": 1.0}, {"rate": 0.05}, {"rate": 20.0}),
    ),
    "chi2": scipy_oracle(
        lambda nu: stats.chi2(nu), cases_of(HALF_LINE, {"nu": 1.0}, {"nu": 2.0}, {"nu": 11.5})
    ),
    "inv_chi2": scipy_oracle(
        lambda nu: stats.invgamma(nu / 2, scale=0.5),
        cases_of(HALF_LINE[1:], {"nu": 1.0}, {"nu": 6.0}, {"nu": 11.5}),
    ),
    "weibull": scipy_oracle(
        lambda alpha, sigma: stats.weibull_min(alpha, scale=sigma),
        cases_of(
            HALF_LINE,
            {"alpha": 1.0, "sigma": 2.0},
            {"alpha": 0.6, "sigma": 1.0},
            {"alpha": 2.5, "sigma": 9.0},
        ),
    ),
    "pareto": scipy_oracle(
        lambda y_min, alpha: stats.pareto(alpha, scale=y_min),
        cases_of((0.5, 1.0, 1.2, 3.0, 80.0, 1e6), {"y_min": 1.0, "alpha": 1.5}, {"y_min": 0.4, "alpha": 5.0}),
    ),
    "skew_normal": scipy_oracle(
        lambda xi, omega, alpha: stats.skewnorm(alpha, xi, omega),
        cases_of(
            (-5.0, *LINE[2:]),
            {"xi": 0.0, "omega": 1.0, "alpha": 4.0},
            {"xi": 1.0, "omega": 3.0, "alpha": -2.0},
            {"xi": 0.0, "omega": 1.0, "alpha": 0.0},
        ),
    ),
    "exponentially_modified_normal": scipy_oracle(
        _emg,
        cases_of(
            (-5.0, *LINE[2:]),
            {"mu": 0.0, "sigma": 1.0, "rate": 1.0},
            {"mu": 0.3, "sigma": 0.5, "rate": 5.0},
            {"mu": -1.0, "sigma": 2.0, "rate": 0.1},
        ),
    ),
    "von_mises": Oracle(
        cases_of(
            (-3.1, -1.0, 0.0, 0.5, 2.0, 3.14),
            {"mu": 0.0, "kappa": 4.0},
            {"mu": 1.2, "kappa": 0.1},
            {"mu": -0.5, "kappa": 150.0},
        ),
        lambda x, mu, kappa: stats.vonmises(kappa).logpdf(x - mu),
        cdf=_von_mises_cdf,
        ccdf=lambda x, mu, kappa: 1 - _von_mises_cdf(x, mu, kappa),
        sample_mean=lambda mu, kappa: _von_mises_moment(1, 0.0, mu, kappa),
        sample_variance=_von_mises_variance,
    ),
    "beta": scipy_oracle(lambda a, b: stats.beta(a, b), cases_of((*INTERVAL, 1.0 - 1e-12), *_SHAPES)),
    "beta_proportion": scipy_oracle(
        lambda mu, kappa: stats.beta(mu * kappa, (1 - mu) * kappa),
        cases_of(INTERVAL, {"mu": 0.5, "kappa": 2.0}, {"mu": 0.2, "kappa": 30.0}),
    ),
    "kumaraswamy": Oracle(
        cases_of(INTERVAL, *_SHAPES),
        _kumaraswamy_logpdf,
        cdf=lambda x, a, b: 1 - (1 - np.clip(x, 0.0, 1.0) ** a) ** b,
        ccdf=lambda x, a, b: (1 - x**a) ** b,
        sample_mean=lambda a, b: _kumaraswamy_moment(1, a, b),
        sample_variance=lambda a, b: _kumaraswamy_moment(2, a, b) - _kumaraswamy_moment(1, a, b) ** 2,
    ),
    "uniform": scipy_oracle(
        _uniform, cases_of((-2.0, -1.0, 0.3, 3.0, 3.5), {"a": -1.0, "b": 3.0}, {"a": 0.0, "b": 0.5})
    ),
    "triangular": scipy_oracle(
        _triangular,
        cases_of(
            (-2.0, -0.9, 0.3, 1.0, 2.5, 3.5),
            {"a": -1.0, "b": 3.0, "peak": 0.5},
            {"a": -1.0, "b": 3.0, "peak": 1.0},
            {"a": -1.0, "b": 3.0, "peak": 3.0},
            {"a": -1.0, "b": 3.0, "peak": -1.0},
        ),
    ),
    "flat": Oracle(cases_of(LINE, {}), lambda x: 0.0),
    "delta": Oracle(
        cases_of((-1.0, 0.5, 3.0), {"v": 3.0}, {"v": 0.5}),
        lambda x, v: 0.0 if x == v else -np.inf,
        cdf=lambda x, v: float(x >= v),
        ccdf=lambda x, v: float(x < v),
        sample_mean=lambda v: v,
        sample_variance=lambda v: 0.0,
    ),
}
