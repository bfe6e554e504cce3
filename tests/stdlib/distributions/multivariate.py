"""Oracles of the distributions of vectors and matrices: SciPy or a formula."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import special, stats

from tests.stdlib.distributions.oracle import Array, Oracle, Params, cases_of

_MU = np.array([0.5, -1.0, 2.0])
_FACTOR = np.array([[1.2, 0.0, 0.0], [-0.4, 0.7, 0.0], [0.9, 0.2, 2.0]])
_SIGMA = _FACTOR @ _FACTOR.T
_VECTORS = (_MU, np.zeros(3), np.array([30.0, -4.0, 0.1]))
_SPD = (np.eye(3), _SIGMA, np.array([[9.0, 1.0, 0.5], [1.0, 0.2, 0.1], [0.5, 0.1, 1.0]]))
_CORRELATIONS = tuple(S / np.sqrt(np.outer(np.diag(S), np.diag(S))) for S in _SPD)
_SIMPLEX = (np.array([0.2, 0.3, 0.5]), np.array([1e-9, 0.999, 1 - 1e-9 - 0.999]))
_ALLOTTED = (np.array([2, 3, 5]), np.array([0, 0, 10]), np.array([1, 1, 1]))
_ALPHAS: tuple[Params, ...] = ({"alpha": np.ones(3)}, {"alpha": np.array([0.4, 2.0, 7.0])})
_ETAS: tuple[Params, ...] = ({"eta": 1.0}, {"eta": 2.5}, {"eta": 0.6})


def _t_variance(nu: float, mu: Array, Sigma: Array) -> Array:
    return np.full(3, np.inf) if nu <= 2 else np.diag(Sigma) * nu / (nu - 2)


def _inv_wishart_mean(nu: float, S: Array) -> Array:
    return np.asarray(S / (nu - 4)) if nu > 4 else np.full((3, 3), np.nan)


def _lkj_logpdf(R: Array, eta: float) -> float:
    """Lewandowski, Kurowicka and Joe (2009), eq. (16) and (17): the volume as a product of beta functions."""
    size = len(R)
    log_volume = 0.0
    for rest in range(1, size):
        shape = eta + (rest - 1) / 2
        log_volume += rest * ((2 * eta - 2 + rest) * np.log(2.0) + special.betaln(shape, shape))
    return float((eta - 1) * np.linalg.slogdet(R)[1] - log_volume)


def _lkj_cholesky_logpdf(L: Array, eta: float) -> float:
    """The same, with the Jacobian of L -> L L' on the strictly lower triangles."""
    size = len(L)
    return float(_lkj_logpdf(L @ L.T, eta) + np.dot(size - 1 - np.arange(size), np.log(np.diag(L))))


def _lkj_cholesky_mean(eta: float) -> Array:
    """Of 3 x 3 factors: row i is a uniform direction times the root of beta(i / 2, eta + (2 - i) / 2), then what is left."""
    left = [1.0, *(np.exp(special.betaln(eta + (3 - i) / 2, i / 2) - special.betaln(eta + (2 - i) / 2, i / 2)) for i in (1, 2))]
    return np.diag(left)


def _lkj_cholesky_variance(eta: float) -> Array:
    share = 1 / (2 * eta + 2)
    squares = np.tril(np.full((3, 3), share), -1) + np.diag([1.0, 1 - share, 1 - 2 * share])
    return np.asarray(squares - _lkj_cholesky_mean(eta) ** 2)


def _walk_logpdf(x: Array, sigma: float) -> float:
    return float(stats.norm(0.0, sigma).logpdf(np.diff(x, prepend=0.0)).sum())


_ROWS = np.array([[1.0, 2.0], [-1.0, 0.5], [1.0, 2.0], [3.0, -2.0]])

MULTIVARIATE: Mapping[str, Oracle] = {
    "multinomial": Oracle(
        cases_of(
            _ALLOTTED, {"n": 10, "p": np.array([0.2, 0.3, 0.5])}, {"n": 10, "p": np.array([0.0, 0.1, 0.9])}
        ),
        lambda k, n, p: stats.multinomial(n, p).logpmf(k),
        sample_mean=lambda n, p: n * p,
        sample_variance=lambda n, p: n * p * (1 - p),
        event_shape=(3,),
        discrete=True,
    ),
    "dirichlet": Oracle(
        cases_of(_SIMPLEX, *_ALPHAS),
        lambda x, alpha: stats.dirichlet(alpha).logpdf(x),
        sample_mean=lambda alpha: stats.dirichlet(alpha).mean(),
        sample_variance=lambda alpha: stats.dirichlet(alpha).var(),
        event_shape=(3,),
    ),
    "dirichlet_multinomial": Oracle(
        cases_of(_ALLOTTED, *({"n": 10, **p} for p in _ALPHAS)),
        lambda k, n, alpha: stats.dirichlet_multinomial(alpha, n).logpmf(k),
        sample_mean=lambda n, alpha: stats.dirichlet_multinomial(alpha, n).mean(),
        sample_variance=lambda n, alpha: stats.dirichlet_multinomial(alpha, n).var(),
        event_shape=(3,),
        discrete=True,
    ),
    "multi_normal": Oracle(
        cases_of(_VECTORS, *({"mu": _MU, "Sigma": S} for S in _SPD)),
        lambda x, mu, Sigma: stats.multivariate_normal(mu, Sigma).logpdf(x),
        sample_mean=lambda mu, Sigma: mu,
        sample_variance=lambda mu, Sigma: np.diag(Sigma),
        event_shape=(3,),
    ),
    "multi_normal_prec": Oracle(
        cases_of(_VECTORS, *({"mu": _MU, "Omega": S} for S in _SPD)),
        lambda x, mu, Omega: stats.multivariate_normal(mu, np.linalg.inv(Omega)).logpdf(x),
        sample_mean=lambda mu, Omega: mu,
        sample_variance=lambda mu, Omega: np.diag(np.linalg.inv(Omega)),
        event_shape=(3,),
    ),
    "multi_normal_cholesky": Oracle(
        cases_of(_VECTORS, {"mu": _MU, "L": _FACTOR}, {"mu": _MU, "L": np.eye(3)}),
        lambda x, mu, L: stats.multivariate_normal(mu, L @ L.T).logpdf(x),
        sample_mean=lambda mu, L: mu,
        sample_variance=lambda mu, L: np.diag(L @ L.T),
        event_shape=(3,),
    ),
    "multi_normal_low_rank": Oracle(
        cases_of(
            _VECTORS,
            {"mu": _MU, "W": np.array([[1.0, 0.2], [-0.5, 0.8], [0.3, 2.0]]), "d": np.array([0.5, 1.0, 0.1])},
            {"mu": _MU, "W": np.array([[10.0, 0.0], [0.0, 0.1], [-20.0, 1.0]]), "d": np.array([1.0, 2.0, 0.01])},
        ),
        lambda x, mu, W, d: stats.multivariate_normal(mu, W @ W.T + np.diag(d)).logpdf(x),
        sample_mean=lambda mu, W, d: mu,
        sample_variance=lambda mu, W, d: np.diag(W @ W.T + np.diag(d)),
        event_shape=(3,),
    ),
    "multi_student_t": Oracle(
        cases_of(_VECTORS, *({"nu": nu, "mu": _MU, "Sigma": _SIGMA} for nu in (0.8, 5.0, 300.0))),
        lambda x, nu, mu, Sigma: stats.multivariate_t(mu, Sigma, df=nu).logpdf(x),
        sample_mean=lambda nu, mu, Sigma: mu if nu > 1 else np.full(3, np.nan),
        sample_variance=_t_variance,
        event_shape=(3,),
    ),
    "wishart": Oracle(
        cases_of(_SPD, {"nu": 5.0, "S": _SIGMA}, {"nu": 2.5, "S": np.eye(3)}, {"nu": 20.0, "S": _SPD[2]}),
        lambda X, nu, S: stats.wishart(nu, S).logpdf(X),
        sample_mean=lambda nu, S: nu * S,
        sample_variance=lambda nu, S: stats.wishart(nu, S).var(),
        event_shape=(3, 3),
    ),
    "inv_wishart": Oracle(
        cases_of(_SPD, {"nu": 9.0, "S": _SIGMA}, {"nu": 2.5, "S": np.eye(3)}, {"nu": 20.0, "S": _SPD[2]}),
        lambda X, nu, S: stats.invwishart(nu, S).logpdf(X),
        sample_mean=_inv_wishart_mean,
        event_shape=(3, 3),
    ),
    "lkj_cholesky": Oracle(
        cases_of([np.linalg.cholesky(R) for R in _CORRELATIONS], *_ETAS),
        _lkj_cholesky_logpdf,
        sample_mean=_lkj_cholesky_mean,
        sample_variance=_lkj_cholesky_variance,
        event_shape=(3, 3),
    ),
    "lkj_corr": Oracle(
        cases_of(_CORRELATIONS, *_ETAS),
        _lkj_logpdf,
        sample_mean=lambda eta: np.eye(3),
        sample_variance=lambda eta: (1 - np.eye(3)) / (2 * eta + 2),
        event_shape=(3, 3),
    ),
    "empirical": Oracle(
        cases_of((np.array([1.0, 2.0]), np.array([-1.0, 0.5]), np.array([0.0, 0.0])), {"X": _ROWS}),
        lambda x, X: np.log(np.mean((x == X).all(axis=1))) if (x == X).all(axis=1).any() else -np.inf,
        sample_mean=lambda X: X.mean(0),
        sample_variance=lambda X: X.var(0),
        event_shape=(2,),
    ),
    "gaussian_random_walk": Oracle(
        cases_of((np.zeros(4), np.array([0.1, 0.4, -2.0, 3.0])), {"sigma": 1.0}, {"sigma": 0.2}),
        _walk_logpdf,
        sample_mean=lambda sigma: np.zeros(4),
        sample_variance=lambda sigma: sigma**2 * np.arange(1.0, 5.0),
        event_shape=(4,),
    ),
}
