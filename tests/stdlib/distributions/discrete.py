"""Oracles of the distributions of counts and categories: SciPy, or a formula written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import special, stats

from tests.stdlib.distributions.oracle import Array, Case, Oracle, cases_of, scipy_oracle

COUNTS = (0, 1, 2, 5, 17, 60)


def _zip_logpmf(k: int, p: float, rate: float) -> Any:
    structural = np.log(p) if k == 0 and p > 0 else -np.inf
    return np.logaddexp(structural, np.log1p(-p) + stats.poisson(rate).logpmf(k))


def _ordered_pmf(eta: float, cutpoints: Array) -> Array:
    below = np.concatenate([[0.0], special.expit(cutpoints - eta), [1.0]])
    above = np.concatenate([[1.0], special.expit(eta - cutpoints), [0.0]])
    left = np.diff(below)
    return np.asarray(np.where(below[1:] < 0.5, left, -np.diff(above)))


def _on_indices(pmf: Callable[..., Array], cases: tuple[Case, ...], ordered: bool) -> Oracle:
    """The oracle of a law on 0..K-1 whose probabilities are the vector `pmf(**params)`."""

    def mean(**p: Any) -> float:
        return float(np.dot(pmf(**p), np.arange(len(pmf(**p)))))

    return Oracle(
        cases,
        lambda k, **p: np.log(pmf(**p)[k]),
        cdf=(lambda k, **p: pmf(**p)[: k + 1].sum()) if ordered else None,
        ccdf=(lambda k, **p: pmf(**p)[k + 1 :].sum()) if ordered else None,
        sample_mean=mean,
        sample_variance=lambda **p: np.dot(pmf(**p), (np.arange(len(pmf(**p))) - mean(**p)) ** 2),
        discrete=True,
    )


def _negative_binomial(mu: float, phi: float) -> Any:
    return stats.nbinom(phi, phi / (phi + mu))


_TRIALS = (0, 1, 4, 9, 10)
_PROBABILITIES = np.array([0.1, 0.2, 0.05, 0.65])

DISCRETE: Mapping[str, Oracle] = {
    "bernoulli": scipy_oracle(
        lambda p: stats.bernoulli(p), cases_of((0, 1), {"p": 0.3}, {"p": 1e-9}, {"p": 1.0}), discrete=True
    ),
    "bernoulli_logit": Oracle(
        cases_of((0, 1), {"logits": 0.7}, {"logits": -50.0}, {"logits": 800.0}),
        lambda k, logits: -np.logaddexp(0.0, -logits if k == 1 else logits),
        cdf=lambda k, logits: special.expit(-logits) if k == 0 else 1.0,
        ccdf=lambda k, logits: special.expit(logits) if k == 0 else 0.0,
        sample_mean=lambda logits: special.expit(logits),
        sample_variance=lambda logits: special.expit(logits) * special.expit(-logits),
        discrete=True,
    ),
    "binomial": scipy_oracle(
        lambda n, p: stats.binom(n, p),
        cases_of(_TRIALS, {"n": 10, "p": 0.3}, {"n": 10, "p": 1e-6}, {"n": 10, "p": 1.0}, {"n": 9, "p": 0.9}),
        discrete=True,
    ),
    "binomial_logit": scipy_oracle(
        lambda n, logits: stats.binom(n, special.expit(logits)),
        cases_of(_TRIALS, {"n": 10, "logits": 0.4}, {"n": 25, "logits": -6.0}, {"n": 9, "logits": 3.0}),
        discrete=True,
    ),
    "categorical": _on_indices(
        lambda p: p, cases_of(range(4), {"p": _PROBABILITIES}, {"p": np.full(4, 0.25)}), ordered=False
    ),
    "categorical_logit": _on_indices(
        lambda logits: np.asarray(special.softmax(logits)),
        cases_of(range(4), {"logits": np.array([0.3, -2.0, 700.0, 701.0])}, {"logits": np.zeros(4)}),
        ordered=False,
    ),
    "poisson": scipy_oracle(
        lambda rate: stats.poisson(rate),
        cases_of(COUNTS, {"rate": 3.5}, {"rate": 0.01}, {"rate": 70.0}),
        discrete=True,
    ),
    "poisson_log": scipy_oracle(
        lambda log_rate: stats.poisson(np.exp(log_rate)),
        cases_of(COUNTS, {"log_rate": 1.3}, {"log_rate": -5.0}, {"log_rate": 4.0}),
        discrete=True,
    ),
    "neg_binomial_2": scipy_oracle(
        _negative_binomial,
        cases_of(COUNTS, {"mu": 12.0, "phi": 3.0}, {"mu": 0.3, "phi": 0.5}, {"mu": 40.0, "phi": 900.0}),
        discrete=True,
    ),
    "neg_binomial_2_log": scipy_oracle(
        lambda log_mu, phi: _negative_binomial(np.exp(log_mu), phi),
        cases_of(
            COUNTS, {"log_mu": 2.4, "phi": 3.0}, {"log_mu": -1.0, "phi": 0.5}, {"log_mu": 3.5, "phi": 900.0}
        ),
        discrete=True,
    ),
    "geometric": scipy_oracle(
        lambda p: stats.geom(p, loc=-1), cases_of(COUNTS, {"p": 0.2}, {"p": 0.97}, {"p": 1e-4}), discrete=True
    ),
    "beta_binomial": scipy_oracle(
        lambda n, a, b: stats.betabinom(n, a, b),
        cases_of(
            _TRIALS,
            {"n": 10, "a": 2.0, "b": 3.0},
            {"n": 30, "a": 0.3, "b": 0.8},
            {"n": 9, "a": 50.0, "b": 8.0},
        ),
        discrete=True,
    ),
    "zero_inflated_poisson": Oracle(
        cases_of(COUNTS, {"p": 0.3, "rate": 2.0}, {"p": 0.0, "rate": 40.0}, {"p": 0.9, "rate": 0.1}),
        _zip_logpmf,
        cdf=lambda k, p, rate: p + (1 - p) * stats.poisson(rate).cdf(k),
        ccdf=lambda k, p, rate: (1 - p) * stats.poisson(rate).sf(k),
        sample_mean=lambda p, rate: (1 - p) * rate,
        sample_variance=lambda p, rate: (1 - p) * rate + p * (1 - p) * rate**2,
        discrete=True,
    ),
    "ordered_logistic": _on_indices(
        _ordered_pmf,
        cases_of(
            range(4),
            {"eta": 0.4, "cutpoints": np.array([-1.0, 0.5, 0.6])},
            {"eta": -9.0, "cutpoints": np.array([-2.0, 0.0, 5.0])},
            {"eta": 30.0, "cutpoints": np.array([-2.0, 0.0, 5.0])},
        ),
        ordered=True,
    ),
    "discrete_uniform": scipy_oracle(
        lambda a, b: stats.randint(a, b + 1),
        cases_of((0, 1, 3, 6, 7), {"a": 1, "b": 6}, {"a": -2, "b": 3}),
        discrete=True,
    ),
    "hypergeometric": scipy_oracle(
        lambda N, K, n: stats.hypergeom(N, K, n),
        cases_of((0, 1, 3, 8, 12), {"N": 100, "K": 20, "n": 15}, {"N": 20, "K": 12, "n": 13}),
        discrete=True,
    ),
}
