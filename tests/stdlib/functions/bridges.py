"""What the functions of bridges should return: discretised paths and sums over components, on small inputs.

`CASES`: the name of a function, its reference, the part of the record that is compared, the arguments, the tolerance.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg as sl
import scipy.special as ss

from tests.stdlib.functions.transports import plan, squared_distances

A, B = np.array([[1.0, 0.3], [0.3, 0.5]]), np.array([[0.6, -0.2], [-0.2, 1.5]])
M0, M1, AT = np.array([0.1, -0.4]), np.array([1.0, 2.0]), np.array([0.7, 0.2])
W, R = np.array([0.2, -0.4, 0.1]), np.array([[1.0, 0.5], [-0.3, 0.8], [0.2, -1.0]])
S = np.array([[0.4, 0.2], [0.3, 0.6], [0.5, 0.1]])
X = np.array([[0.1, 0.5], [-0.3, 0.1], [1.0, -0.7], [0.4, 0.4]])
Y = np.array([[0.4, 0.2], [-0.8, 0.1], [1.0, 1.3]])


def kept(u: float, theta: float) -> float:
    return float(np.exp(-theta * u))


def spread(u: float, theta: float, sigma: float) -> float:
    return sigma**2 * u if theta == 0 else float(sigma**2 * (1 - np.exp(-2 * theta * u)) / (2 * theta))


def covariance_of_ends(A: Any, B: Any, theta: float, sigma: float) -> Any:
    eps = spread(1, theta, sigma) / kept(1, theta)
    R = sl.sqrtm(A)
    return R @ sl.sqrtm(R @ B @ R + eps**2 / 4 * np.eye(len(A))) @ np.linalg.inv(R) - eps / 2 * np.eye(len(A))


def shares(t: float, theta: float, sigma: float) -> tuple[float, float, float]:
    """By conditioning the normal law of the path at t and at 1, given its start, on the path at 1."""
    v, v1 = spread(t, theta, sigma), spread(1, theta, sigma)
    last = kept(1 - t, theta) * v / v1
    return kept(t, theta) - last * kept(1, theta), last, v - last**2 * v1


def mean(t: float, m0: Any, m1: Any, theta: float, mu: float, sigma: float) -> Any:
    first, last, _ = shares(t, theta, sigma)
    return mu + first * (m0 - mu) + last * (m1 - mu)


def covariance(t: float, A: Any, B: Any, theta: float, sigma: float) -> Any:
    first, last, own = shares(t, theta, sigma)
    C = covariance_of_ends(A, B, theta, sigma)
    return first**2 * A + last**2 * B + first * last * (C + C.T) + own * np.eye(len(A))


def drift(t: float, x: Any, m0: Any, A: Any, m1: Any, B: Any, theta: float, mu: float, sigma: float) -> Any:
    """That of the reference, and what pulls towards the mean of the end given x."""
    first, last, _ = shares(t, theta, sigma)
    with_end = first * covariance_of_ends(A, B, theta, sigma).T + last * B
    aside = x - mean(t, m0, m1, theta, mu, sigma)
    end = m1 + with_end @ np.linalg.solve(covariance(t, A, B, theta, sigma), aside)
    k, v = kept(1 - t, theta), spread(1 - t, theta, sigma)
    return theta * (mu - x) + sigma**2 * k * (end - mu - k * (x - mu)) / v


def weights(t: float, x: Any, w: Any, r: Any, S: Any, eps: float) -> Any:
    wide = eps * (1 - t) + t * S
    inside = (r * x - 0.5 * t * r**2 + 0.5 * (S / eps - 1) * x**2) / wide - 0.5 * np.log(wide)
    return w + inside.sum(axis=1)


def potential_drift(t: float, x: Any, w: Any, r: Any, S: Any, eps: float) -> Any:
    """(E[y | x at t] - x) / (1 - t), the mean by sums on a fine grid, one coordinate after the other."""
    y = np.linspace(-25, 25, 200_001)
    tilt = y**2 / (2 * eps)
    logs, means = [], []
    for k in range(len(w)):
        total, middle = w[k], []
        for d in range(len(x)):
            f = -((y - x[d]) ** 2) / (2 * eps * (1 - t)) + tilt - (y - r[k, d]) ** 2 / (2 * S[k, d])
            f = f - 0.5 * np.log(S[k, d])
            total = total + ss.logsumexp(f)
            middle.append(np.sum(y * ss.softmax(f)))
        logs.append(total)
        means.append(middle)
    return (ss.softmax(logs) @ np.array(means) - x) / (1 - t)


def log_potential(y: Any, w: Any, r: Any, S: Any) -> Any:
    return np.array([ss.logsumexp(w - 0.5 * ((p - r) ** 2 / S + np.log(S)).sum(1)) for p in y])


def log_mass(x: Any, w: Any, r: Any, S: Any, eps: float) -> Any:
    return np.array([ss.logsumexp(w + (r * p / eps + 0.5 * S * (p / eps) ** 2).sum(1)) for p in x])


def light(x: Any, y: Any, eps: float, w: Any, r: Any, S: Any) -> Any:
    """Of one component the minimum is known: with one coordinate at a time, the normal plan between both samples."""
    a, b = x.var(0), y.var(0)
    found = -eps / 2 + np.sqrt(eps**2 / 4 + a * b)  # covariance of the ends
    return np.atleast_2d(y.mean(0) - found / a * x.mean(0))


def cloud(x: Any, y: Any, eps: float) -> Any:
    """The weights, made of the potentials of the columns with dot(a, f) = 0."""
    C, a, b = squared_distances(x, y) / 2, np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y))
    P = plan(C, a, b, eps)
    logs = eps * np.log(P / np.outer(a, b)) + C  # f + g
    f = logs[:, 0] - a @ logs[:, 0]
    return (logs - f[:, None])[0] / eps - (y**2).sum(1) / (2 * eps)


CASES: dict[str, tuple[Callable[..., Any], str, tuple[tuple[Any, ...], ...], float]] = {
    "ou_kept": (kept, "", ((0.3, 0.7),), 1e-11),
    "ou_spread": (spread, "", ((0.3, 0.7, 1.2), (0.3, 0.0, 1.2)), 1e-11),
    "bridge_covariance_of_ends": (covariance_of_ends, "", ((A, B, 0.0, 1.0), (A, B, 0.7, 0.5)), 1e-10),
    "bridge_share_of_first": (lambda *p: shares(*p)[0], "", ((0.3, 0.7, 1.2), (0.6, 0.0, 0.4)), 1e-10),
    "bridge_share_of_last": (lambda *p: shares(*p)[1], "", ((0.3, 0.7, 1.2), (0.6, 0.0, 0.4)), 1e-10),
    "bridge_mean": (mean, "", ((0.3, M0, M1, 0.7, 0.2, 1.2),), 1e-10),
    "bridge_covariance": (covariance, "", ((0.3, A, B, 0.7, 1.2), (0.6, A, B, 0.0, 0.4)), 1e-10),
    "bridge_drift": (drift, "", ((0.3, AT, M0, A, M1, B, 0.7, 0.2, 1.2), (0.9, AT, M0, A, M1, B, 0.0, 0.0, 0.5)), 1e-9),
    "potential_weights": (weights, "", ((0.0, AT, W, R, S, 0.5), (0.4, AT, W, R, S, 2.0)), 1e-11),
    "potential_drift": (potential_drift, "", ((0.0, AT, W, R, S, 0.7), (0.4, AT, W, R, S, 2.0)), 1e-8),
    "log_potential": (log_potential, "", ((Y, W, R, S),), 1e-11),
    "log_potential_mass": (log_mass, "", ((X, W, R, S, 0.5),), 1e-11),
    "light_potential": (light, "r", ((X, Y, 0.5, W[:1], R[:1], S[:1]),), 1e-3),
    "cloud_potential": (cloud, "w", ((X, Y, 0.5),), 1e-6),
}
