"""What the functions of transport should return: linear programs, assignments, and the duals with SciPy's minimiser.

`CASES`: the name of a function, its reference, the part of the record that is compared, and the arguments.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg as sl
import scipy.optimize as so
import scipy.special as ss

C = np.array([[0.1, 0.9, 0.4, 0.3], [0.7, 0.2, 0.5, 0.8], [0.6, 0.1, 0.3, 0.45]])
A, B = np.array([0.2, 0.3, 0.5]), np.array([0.25, 0.15, 0.4, 0.2])
F, G = np.array([0.1, -0.2, 0.05]), np.array([0.2, 0.1, -0.3, 0.0])
X = np.array([[0.1, 0.5], [0.3, 0.1], [1.0, 2.0]])
Y = np.array([[0.4, 0.2], [-0.3, 0.1], [1.0, 1.0]])
S1, S2 = np.array([[1.0, 0.3], [0.3, 0.5]]), np.array([[0.6, -0.2], [-0.2, 1.5]])


def logs(f: Any, C: Any, a: Any, eps: float) -> Any:
    return ss.logsumexp((f[:, None] - C) / eps, b=a[:, None], axis=0)


def columns(f: Any, C: Any, a: Any, eps: float, penalty: float = np.inf) -> Any:
    share = 1.0 if np.isinf(penalty) else penalty / (penalty + eps)
    return -share * eps * logs(f, C, a, eps)


def table(f: Any, g: Any, C: Any, a: Any, b: Any, eps: float) -> Any:
    return np.outer(a, b) * np.exp((f[:, None] + g - C) / eps)


def dual(f: Any, C: Any, a: Any, b: Any, eps: float) -> Any:
    return a @ f + b @ columns(f, C, a, eps) - (a @ f) ** 2 / (2 * eps)


def unbalanced_dual(f: Any, C: Any, a: Any, b: Any, eps: float, rows: float, cols: float) -> Any:
    g = columns(f, C, a, eps, cols)
    value = rows * a @ (1 - np.exp(-f / rows)) + cols * b @ (1 - np.exp(-g / cols))
    return value + eps * (a.sum() * b.sum() - table(f, g, C, a, b, eps).sum())


def plan(C: Any, a: Any, b: Any, eps: float) -> Any:
    """Both potentials by Newton's method on the marginals, the last of g being 0."""
    def wrong(z: Any) -> Any:
        P = table(z[: len(a)], np.append(z[len(a) :], 0), C, a, b, eps)
        return np.append(P.sum(1) - a, P.sum(0)[:-1] - b[:-1])

    z = np.zeros(len(a) + len(b) - 1)
    for heat in np.geomspace(8, 1, 12) * eps:
        def at(z: Any, heat: float = heat) -> Any:
            P = table(z[: len(a)], np.append(z[len(a) :], 0), C, a, b, heat)
            return np.append(P.sum(1) - a, P.sum(0)[:-1] - b[:-1])

        z = so.root(at, z, tol=1e-14).x
    assert np.abs(wrong(z)).max() < 1e-11
    return table(z[: len(a)], np.append(z[len(a) :], 0), C, a, b, eps)


def unbalanced_plan(C: Any, a: Any, b: Any, eps: float, rows: float, cols: float) -> Any:
    f = so.minimize(lambda f: -unbalanced_dual(f, C, a, b, eps, rows, cols), np.zeros(len(a)), tol=1e-14).x
    for _ in range(2000):  # the fixed point of Chizat et al. polishes what the minimiser found
        g = columns(f, C, a, eps, cols)
        f = -rows / (rows + eps) * eps * ss.logsumexp((g - C) / eps, b=b, axis=1)
    return table(f, columns(f, C, a, eps, cols), C, a, b, eps)


def squared_distances(x: Any, y: Any) -> Any:
    return np.array([[np.sum((p - q) ** 2) for q in y] for p in x])


def cost(x: Any, y: Any, eps: float) -> Any:
    C, a, b = squared_distances(x, y), np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y))
    P = plan(C, a, b, eps)
    return np.sum(P * C) + eps * np.sum(ss.rel_entr(P, np.outer(a, b)))


def divergence(x: Any, y: Any, eps: float) -> Any:
    return cost(x, y, eps) - cost(x, x, eps) / 2 - cost(y, y, eps) / 2


def squared_wasserstein(x: Any, y: Any) -> Any:
    C = squared_distances(x, y)
    return C[so.linear_sum_assignment(C)].sum() / len(x)


def normal_distance(m1: Any, S1: Any, m2: Any, S2: Any) -> Any:
    R = sl.sqrtm(S1)
    return np.sum((m1 - m2) ** 2) + np.trace(S1 + S2 - 2 * sl.sqrtm(R @ S2 @ R).real)


def simplex(x: Any, total: float) -> Any:
    """The nearest point of a simplex, by bisection of the shift."""
    shift = so.brentq(lambda t: np.maximum(x - t, 0).sum() - total, x.min() - total - 1, x.max(), xtol=1e-15)
    return np.maximum(x - shift, 0)


def sparse_table(f: Any, C: Any, b: Any, gamma: float, k: int) -> Any:
    P = np.zeros(C.shape)
    for j, scores in enumerate((f[:, None] - C).T):
        best = np.argsort(-scores)[:k]
        P[best, j] = simplex(scores[best] / gamma, b[j])
    return P


def sparse_dual(f: Any, C: Any, a: Any, b: Any, gamma: float, k: int) -> Any:
    P = sparse_table(f, C, b, gamma, k)
    best = np.sum(P * (f[:, None] - C)) - gamma / 2 * np.sum(P**2)
    return a @ f - best - (a @ f) ** 2 / (2 * gamma)


def quadratic_plan(C: Any, a: Any, b: Any, gamma: float, k: int) -> Any:
    """With all entries allowed it is a quadratic program."""
    m, n = C.shape
    equal = [{"type": "eq", "fun": lambda p: p.reshape(m, n).sum(1) - a},
             {"type": "eq", "fun": lambda p: p.reshape(m, n).sum(0)[:-1] - b[:-1]}]
    found = so.minimize(
        lambda p: p @ C.ravel() + gamma / 2 * p @ p, np.outer(a, b).ravel(), jac=lambda p: C.ravel() + gamma * p,
        bounds=[(0, None)] * (m * n), constraints=equal, tol=1e-15, options={"maxiter": 500},
    )
    return found.x.reshape(m, n)


CASES: dict[str, tuple[Callable[..., Any], str, tuple[tuple[Any, ...], ...], float]] = {
    "transport_dual": (dual, "", ((F, C, A, B, 0.1), (F, C, A, B, 2.0)), 1e-11),
    "transport_value": (dual, "", (), 1e-11),
    "unbalanced_dual": (unbalanced_dual, "", ((F, C, A, B, 0.1, 0.7, 1.5), (F, C, 2 * A, B, 1.0, 2.0, 0.3)), 1e-11),
    "unbalanced_value": (unbalanced_dual, "", (), 1e-11),
    "transport_columns": (columns, "", ((F, C, A, 0.1),), 1e-11),
    "unbalanced_columns": (columns, "", ((F, C, A, 0.1, 0.5),), 1e-11),
    "transport_table": (table, "", ((F, G, C, A, B, 0.1),), 1e-11),
    "transport": (plan, "plan", ((C, A, B, 0.1), (C, A, B, 1.0)), 1e-7),
    "unbalanced_transport": (unbalanced_plan, "plan", ((C, A, B, 0.2, 0.7, 1.5), (C, 2 * A, B, 1.0, 2.0, 0.3)), 1e-7),
    "sparse_dual": (sparse_dual, "", ((F, C, A, B, 0.3, 2), (F, C, A, B, 0.1, 3)), 1e-10),
    "sparse_table": (sparse_table, "", ((F, C, B, 0.3, 2), (F, C, B, 0.1, 3)), 1e-10),
    "sparse_transport": (quadratic_plan, "plan", ((C, A, B, 0.5, 3),), 1e-5),
    "squared_distances": (squared_distances, "", ((X, Y),), 1e-11),
    "sinkhorn_cost": (cost, "", ((X, Y, 0.5),), 1e-8),
    "sinkhorn_divergence": (divergence, "", ((X, Y, 0.5),), 1e-7),
    "squared_wasserstein": (squared_wasserstein, "", ((X, Y),), 1e-11),
    "squared_wasserstein_normal": (normal_distance, "", ((X[0], S1, X[1], S2),), 1e-9),
    "matrix_sqrt": (lambda A: sl.sqrtm(A), "", ((S1,), (S2,)), 1e-11),
}
