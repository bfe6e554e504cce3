"""Oracles of nonsmooth functions, proximal operators, projections, mirror steps and vertices.

Where there is no formula, the definition itself is minimised: by enumeration of active sets, exactly, on small inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

import numpy as np
import scipy.optimize as so


def nearest(x: Any, A: Any, b: Any, C: Any = None, d: Any = None) -> Any:
    """The point nearest to x with A y <= b and C y = d, by trying every set of inequalities as equations."""
    n = len(x)
    C, d = (np.zeros((0, n)), np.zeros(0)) if C is None else (C, d)
    best, least = None, np.inf
    for k in range(min(len(b), n) + 1):
        for chosen in combinations(range(len(b)), k):
            E, e = np.vstack([C, A[list(chosen)]]), np.append(d, b[list(chosen)])
            y = x - np.linalg.pinv(E) @ (E @ x - e)
            feasible = np.all(A @ y <= b + 1e-9) and np.allclose(E @ y, e, atol=1e-9)
            if feasible and np.sum((x - y) ** 2) < least - 1e-14:
                best, least = y, np.sum((x - y) ** 2)
    assert best is not None
    return best


def simplex(x: Any, total: float = 1.0) -> Any:
    n = len(x)
    return nearest(x, -np.eye(n), np.zeros(n), np.ones((1, n)), np.array([total]))


def l1_ball(x: Any, radius: float) -> Any:
    signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * len(x))).reshape(len(x), -1).T
    return nearest(x, signs, np.full(len(signs), radius))


def l1_sphere(x: Any, radius: float) -> Any:
    """The best over all orthants."""
    orthants = np.array(np.meshgrid(*[[-1.0, 1.0]] * len(x))).reshape(len(x), -1).T
    found = [s * simplex(s * x, radius) for s in orthants]
    return min(found, key=lambda y: float(np.sum((y - x) ** 2)))


def monotone(x: Any, lowest: bool = False) -> Any:
    n = len(x)
    A = np.eye(n)[:-1] - np.eye(n)[1:]
    A = np.vstack([A, -np.eye(n)[:1]]) if lowest else A
    return nearest(x, A, np.zeros(len(A)))


def transport(X: Any, a: Any, b: Any) -> Any:
    m, n = X.shape
    C = np.vstack([np.kron(np.eye(m), np.ones(n)), np.kron(np.ones(m), np.eye(n))])
    return nearest(X.ravel(), -np.eye(m * n), np.zeros(m * n), C, np.append(a, b)).reshape(m, n)


def shorter(x: Any, step: float) -> Any:
    length = np.linalg.norm(x)
    return x * max(1 - step / length, 0) if length else x


def singular(A: Any, step: float) -> Any:
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    return U @ np.diag(np.maximum(s - step, 0)) @ Vt


def tv1d(x: Any, step: float) -> Any:
    """By the dual: x - D'z with |z| <= step, bounded least squares."""
    D = np.diff(np.eye(len(x)), axis=0)
    if step == 0:
        return x
    z = so.lsq_linear(D.T, x, (-step, step), method="bvls", tol=1e-15).x
    return x - D.T @ z


def soft(x: Any, step: Any) -> Any:
    return np.sign(x) * np.maximum(np.abs(x) - step, 0)


def stepped(x: Any, g: Any, total: float | None = None) -> Any:
    y = x * np.exp(-g)
    return y / y.sum(-1, keepdims=True) * (x.sum(-1, keepdims=True) if total is None else total)


def corner(g: Any, total: float = 1.0) -> Any:
    return total * np.eye(g.shape[-1])[np.argmin(g, -1)]


def logit_step(x: Any, g: Any, low: Any, high: Any) -> Any:
    p = (x - low) / (high - low)
    odds = p / (1 - p) * np.exp(-g * (high - low))
    return low + (high - low) * odds / (1 + odds)


def assignment(g: Any) -> Any:
    n = len(g)
    return np.eye(n)[list(min(permutations(range(n)), key=lambda p: sum(g[i, p[i]] for i in range(n))))]


def corner_l1(g: Any, radius: float) -> Any:
    k = np.argmax(np.abs(g))
    return -radius * np.sign(g[k]) * np.eye(len(g))[k]


def semidefinite(A: Any) -> Any:
    values, V = np.linalg.eigh((A + A.T) / 2)
    return V @ np.diag(np.maximum(values, 0)) @ V.T


R = np.array([-2.3, -0.7, 0.1, 0.4, 1.0, 3.5])
V = np.array([0.3, -1.2, 2.0, 0.7])
Z = np.zeros(3)
A23 = np.array([[1.0, -2.0, 0.5], [0.3, 4.0, -1.0]])
A33 = np.array([[2.0, -0.3, 0.4], [0.5, -1.5, -0.7], [-0.1, 0.6, 0.2]])
A43 = np.array([[1.0, 2.0, 0.3], [-1.0, 0.4, 2.0], [0.5, -0.7, 1.0], [1.0, 1.0, 1.0]])
B4 = np.array([0.2, -0.3, 0.4, 1.0])
ROWS = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]])
W = np.array([0.4, 0.1, 0.2, 0.3])

Case = tuple[Callable[..., Any], tuple[tuple[Any, ...], ...]]

CASES: dict[str, Case] = {
    "l1": (lambda x: np.abs(x).sum(), ((R,), (A23,))),
    "prox_l1": (soft, ((R, 0.5), (A23, 1.0), (0.3, 0.5))),
    "prox_norm1": (soft, ((R, 0.5), (A23, 1.0))),
    "elastic_net": (lambda x, r: np.abs(x).sum() + r / 2 * (x**2).sum(), ((R, 0.7), (A23, 0.7))),
    "prox_elastic_net": (lambda x, t, r: soft(x, t) / (1 + t * r), ((R, 0.5, 0.7), (A23, 0.5, 0.0))),
    "max0": (lambda x: np.maximum(x, 0).sum(), ((R,), (A23,))),
    "prox_max0": (lambda x, t: np.where(x > t, x - t, np.minimum(x, 0)), ((R, 0.5), (A23, 0.2))),
    "prox_norm2": (shorter, ((R, 0.5), (R, 9.0), (Z, 0.5), (A23, 0.5))),
    "group_lasso": (lambda x: np.linalg.norm(x, axis=1).sum(), ((A23,),)),
    "prox_group_lasso": (lambda x, t: np.stack([shorter(r, t) for r in x]), ((A23, 2.5), (A23, 0.1))),
    "prox_norm_inf": (lambda x, t: x - l1_ball(x, t), ((V, 0.8), (V, 9.0))),
    "prox_max": (lambda x, t: x - simplex(x, t), ((V, 0.8), (V, 9.0))),
    "nuclear": (lambda A: np.linalg.svd(A, compute_uv=False).sum(), ((A23,), (A33,))),
    "prox_nuclear": (singular, ((A23, 1.5), (A23.T, 0.5), (A33, 0.4))),
    "tv1d": (lambda x: np.abs(np.diff(x)).sum(), ((R,),)),
    "prox_tv1d": (tv1d, ((R, 0.3), (np.array([1.0, 1.0, 3.0, -2.0, -2.5, 0.0, 0.1, 4.0]), 0.6), (V, 50.0), (V, 0.0))),
    "project_box": (np.clip, ((R, -1.0, 0.5), (A23, 0.0, 1.0))),
    "project_interval": (np.clip, ((R, -1.0, 0.5),)),
    "project_unit": (lambda x: np.clip(x, 0, 1), ((R,),)),
    "project_nonneg": (lambda x: np.maximum(x, 0), ((R,),)),
    "project_positive": (lambda x: np.maximum(x, 0), ((R,),)),
    "project_simplex": (simplex, ((V,), (W,), (V, 3.5), (V, 0.0))),
    "project_stochastic_matrix": (lambda x: np.stack([simplex(r) for r in x]), ((A23,),)),
    "project_l1_ball": (l1_ball, ((V, 1.5), (V, 9.0), (Z, 1.0))),
    "project_l1_sphere": (l1_sphere, ((V, 1.5), (V, 9.0))),
    "project_l2_ball": (lambda x, r: x * min(1, r / max(np.linalg.norm(x), 1e-30)), ((V, 1.5), (V, 9.0), (Z, 1.0), (A23, 1.0))),
    "project_unit_vector": (lambda x: x / np.linalg.norm(x), ((V,),)),
    "project_linf_ball": (lambda x, r: np.clip(x, -r, r), ((R, 0.8),)),
    "project_hyperplane": (lambda x, a, b: nearest(x, np.zeros((0, 4)), Z[:0], a[None], np.array([b])), ((V, W, 1.5),)),
    "project_halfspace": (lambda x, a, b: nearest(x, a[None], np.array([b])), ((V, W, 0.1), (V, W, 5.0))),
    "project_affine_set": (
        lambda x, A, b: nearest(x, np.zeros((0, len(x))), Z[:0], A, b),
        ((V[:3], A23, np.array([1.0, 2.0])), (V[:3], np.vstack([A23, A23]), np.array([1.0, 2.0, 1.0, 2.0]))),
    ),
    "project_polyhedron": (nearest, ((V[:3], A43, B4), (3 * V[1:], A43, B4), (np.array([-5.0, -5.0, -5.0]), A43, B4))),
    "project_sum_to_zero": (lambda x: x - x.mean(), ((V,),)),
    "project_monotone": (monotone, ((V,), (-R,), (R,))),
    "project_ordered": (monotone, ((V,),)),
    "project_positive_ordered": (lambda x: monotone(x, True), ((V,), (-R,), (R,))),
    "project_cov_matrix": (semidefinite, ((A33,),)),
    "project_transport": (
        transport, ((A23, np.array([0.4, 0.6]), np.array([0.2, 0.5, 0.3])), (0 * A23, np.array([0.4, 0.6]), np.array([0.2, 0.5, 0.3])))
    ),
    "project_birkhoff": (lambda X: transport(X, np.ones(3), np.ones(3)), ((A33,), (np.eye(3),))),
    "mirror_simplex": (stepped, ((W, V), (W, R[:4], 2.0))),
    "mirror_stochastic_matrix": (stepped, ((ROWS, A23),)),
    "mirror_positive": (lambda x, g: x * np.exp(-g), ((W, V),)),
    "mirror_nonneg": (lambda x, g: x * np.exp(-g), ((W, V),)),
    "mirror_unit": (lambda x, g: logit_step(x, g, 0, 1), ((W, V),)),
    "mirror_box": (logit_step, ((W, V, -1.0, 2.0),)),
    "vertex_simplex": (corner, ((V,), (V, 2.5))),
    "vertex_stochastic_matrix": (corner, ((A23,),)),
    "vertex_l1_ball": (corner_l1, ((V, 1.5),)),
    "vertex_l2_ball": (lambda g, r: -r * g / max(np.linalg.norm(g), 1e-30), ((V, 1.5), (Z, 1.0), (A23, 1.0))),
    "vertex_linf_ball": (lambda g, r: np.where(g > 0, -r, r), ((R, 1.5),)),
    "vertex_box": (lambda g, low, high: np.where(g > 0, low, high), ((R, -1.0, 2.0),)),
    "vertex_unit": (lambda g: np.where(g > 0, 0.0, 1.0), ((R,),)),
    "vertex_birkhoff": (assignment, ((A33,), (np.cos(np.arange(25.0) ** 2).reshape(5, 5),))),
    "assignment": (lambda C: np.argmax(assignment(C), axis=1), ((A33,), (np.cos(np.arange(25.0) ** 2).reshape(5, 5),))),
}

