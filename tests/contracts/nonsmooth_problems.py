"""Nonsmooth and constrained problems with solutions known from SciPy, a closed form or enumeration.

`PROBLEMS` maps a name to a problem, its arguments, a start, what solvers it fits (`kinds`) and the point of its solution.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.optimize as so

from pushforward.runtime.functions import mirror, projections, proximal, transport
from pushforward.runtime.solvers.problem import Minimise

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(30, 6)), RNG.normal(size=30)


@dataclass(frozen=True)
class Case:
    """`prox`: for proximal solvers; `simplex`: mirror steps and vertices too; `separable`; `program`: a quadratic program;
    `equal`, `unequal`: has constraints."""

    problem: Minimise
    args: Any
    start: Any
    solution: Any
    kinds: frozenset[str] = field(default_factory=frozenset)


def squares(z: jax.Array, args: Any) -> jax.Array:
    """|A z - b|^2 / 2."""
    A, b = args[0], args[1]
    return 0.5 * jnp.sum((A @ z - b) ** 2)


def form(z: jax.Array, args: Any) -> jax.Array:
    """z'P z / 2 + q'z."""
    return 0.5 * z @ args[0] @ z + args[1] @ z


def logistic(z: jax.Array, args: Any) -> jax.Array:
    """The mean logistic loss of labels in -1, 1."""
    return jnp.mean(jnp.logaddexp(0.0, -args[1] * (args[0] @ z)))


def lasso() -> Case:
    """Checked against SciPy on the split problem z = u - v, u, v >= 0."""
    lam = 5.0
    A, b = np.hstack([X, -X]), Y

    def value(w: Any) -> Any:
        r = A @ w - b
        return 0.5 * r @ r + lam * w.sum(), A.T @ r + lam

    found = so.minimize(value, np.full(12, 0.1), jac=True, bounds=[(0, None)] * 12, method="L-BFGS-B", options={"ftol": 1e-16, "gtol": 1e-12, "maxiter": 5000})
    problem = Minimise(squares, 6, lambda z, t, a: proximal.prox_l1(z, t * a[2]), lambda z, a: a[2] * jnp.sum(jnp.abs(z)), quadratic=True)
    return Case(problem, (X, Y, np.array(lam)), np.zeros(6), found.x[:6] - found.x[6:], frozenset({"prox", "separable"}))


def sparse_logistic() -> Case:
    """Its solution is checked by its condition: no reference."""
    problem = Minimise(logistic, 6, lambda z, t, a: proximal.prox_l1(z, t * a[2]), lambda z, a: a[2] * jnp.sum(jnp.abs(z)))
    return Case(problem, (3 * X, np.sign(Y + X[:, 0]), np.array(0.05)), np.zeros(6), None, frozenset({"prox", "separable"}))


def nnls() -> Case:
    problem = Minimise(squares, 6, lambda z, t, a: projections.project_nonneg(z), quadratic=True)
    return Case(problem, (X, Y), np.ones(6), so.nnls(X, Y)[0], frozenset({"prox", "separable", "set"}))


def nnls_program() -> Case:
    problem = Minimise(squares, 6, inequality=lambda z, a: -z, quadratic=True)
    return Case(problem, (X, Y), np.ones(6), so.nnls(X, Y)[0], frozenset({"program", "unequal"}))


def on_simplex() -> Case:
    """Least squares with weights that sum to 1, against SLSQP."""
    found = so.minimize(
        lambda w: (0.5 * np.sum((X @ w - 3 * Y) ** 2), X.T @ (X @ w - 3 * Y)), np.full(6, 1 / 6), jac=True, method="SLSQP",
        bounds=[(0, 1)] * 6, constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, options={"ftol": 1e-15, "maxiter": 500},
    )
    problem = Minimise(
        squares, 6, lambda z, t, a: projections.project_simplex(z), quadratic=True,
        mirror=lambda z, g, a: mirror.mirror_simplex(z, g), vertices=lambda g, a: mirror.vertex_simplex(g),
    )
    return Case(problem, (X, 3 * Y), np.full(6, 1 / 6), found.x, frozenset({"prox", "set", "simplex"}))


def svm_dual() -> Case:
    """max sum(a) - |sum a_i y_i x_i|^2 / 2, 0 <= a <= C, y'a = 0, against SLSQP."""
    labels, C = np.sign(Y[:12] + X[:12, 0]), 1.0
    K = (labels[:, None] * X[:12]) @ (labels[:, None] * X[:12]).T + 0.1 * np.eye(12)
    found = so.minimize(
        lambda a: (0.5 * a @ K @ a - a.sum(), K @ a - 1), np.full(12, 0.1), jac=True, method="SLSQP", bounds=[(0, C)] * 12,
        constraints={"type": "eq", "fun": lambda a: labels @ a}, options={"ftol": 1e-16, "maxiter": 1000},
    )
    problem = Minimise(
        form, 12, equality=lambda z, a: a[2] @ z, inequality=lambda z, a: jnp.concatenate([-z, z - a[3]]), quadratic=True
    )
    args = (K, -np.ones(12), labels[None, :], np.array(C))
    return Case(problem, args, np.full(12, 0.1), found.x, frozenset({"program", "unequal", "equal"}))


def isotonic() -> Case:
    x = np.sin(np.arange(8.0)) + 0.3 * np.arange(8)
    problem = Minimise(
        lambda z, a: 0.5 * jnp.sum((z - a[0]) ** 2), 8, inequality=lambda z, a: z[:-1] - z[1:], quadratic=True
    )
    return Case(problem, (x,), np.zeros(8), so.isotonic_regression(x).x, frozenset({"program", "unequal"}))


def linear() -> Case:
    """A linear program: transport of three sources to four sinks, against `linprog`."""
    cost, a, b = np.random.default_rng(3).random((3, 4)), np.array([0.3, 0.2, 0.5]), np.array([0.15, 0.25, 0.35, 0.25])
    margins = np.vstack([np.kron(np.eye(3), np.ones(4)), np.kron(np.ones(3), np.eye(4))[:3]])
    found = so.linprog(cost.ravel(), A_eq=margins, b_eq=np.append(a, b[:3]), method="highs")
    problem = Minimise(
        lambda z, args: args[0] @ z, 12, equality=lambda z, args: args[1] @ z - args[2], inequality=lambda z, args: -z, quadratic=True
    )
    args = (cost.ravel(), margins, np.append(a, b[:3]))
    return Case(problem, args, np.full(12, 0.1), found.x, frozenset({"program", "equal", "unequal", "linear"}))


def equal() -> Case:
    """z'P z / 2 + q'z with A z = b: one linear system."""
    P, q, A, b = X.T @ X, X.T @ Y, RNG.normal(size=(2, 6)), np.array([1.0, -0.5])
    system = np.block([[P, A.T], [A, np.zeros((2, 2))]])
    problem = Minimise(form, 6, equality=lambda z, a: a[2] @ z - a[3], quadratic=True)
    return Case(problem, (P, q, A, b), np.zeros(6), np.linalg.solve(system, np.append(-q, b))[:6], frozenset({"program", "equal"}))


def disc() -> Case:
    """The point of the disc |z| <= r nearest to p: r p / |p|. Not a quadratic program."""
    p = np.array([2.0, 1.0])
    problem = Minimise(lambda z, a: 0.5 * jnp.sum((z - a[0]) ** 2), 2, inequality=lambda z, a: (z @ z - a[1] ** 2)[None])
    return Case(problem, (p, np.array(1.2)), np.zeros(2), 1.2 * p / np.linalg.norm(p), frozenset({"unequal", "convex"}))


def entropy() -> Case:
    """The most even probabilities with mean m on 0, 1, 2, 3: an exponential family, so that p = softmax(t k) with the t of this mean."""
    k, m = np.arange(4.0), 2.0

    def law(t: float) -> Any:
        w = np.exp(t * k)
        return w / w.sum()

    t = so.brentq(lambda t: law(t) @ k - m, -5, 5, xtol=1e-15)
    problem = Minimise(
        lambda z, a: jnp.sum(z * jnp.log(jnp.maximum(z, 1e-12))), 4, equality=lambda z, a: jnp.stack([jnp.sum(z) - 1, z @ a[0] - a[1]])
    )
    return Case(problem, (k, np.array(m)), np.full(4, 0.25), law(t), frozenset({"equal", "convex"}))


def assignment() -> Case:
    """Optimal transport between six points each: its solution is a vertex of the Birkhoff polytope."""
    cost = np.random.default_rng(5).random((6, 6))
    rows, columns = so.linear_sum_assignment(cost)
    best = np.zeros((6, 6))
    best[rows, columns] = 1
    problem = Minimise(
        lambda z, a: jnp.sum(z * a[0].ravel()), 36, lambda z, t, a: transport.project_birkhoff(z.reshape(6, 6)).ravel(),
        vertices=lambda g, a: transport.vertex_birkhoff(g.reshape(6, 6)).ravel(), quadratic=True,
    )
    return Case(problem, (cost,), np.full(36, 1 / 6), best.ravel(), frozenset({"set", "vertices"}))


PROBLEMS = {
    f.__name__: f()
    for f in (lasso, sparse_logistic, nnls, nnls_program, on_simplex, svm_dual, isotonic, linear, equal, disc, entropy, assignment)
}
