"""Multinomial logistic regression with a penalty for each class: the derivative in the log-penalties."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.holes import LINEAR, TOLERANCE

ROWS, COLUMNS, CLASSES = 300, 15, 4


def data() -> dict[str, Any]:
    """Rows with one label each, as zeros and a one."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((ROWS, COLUMNS))
    logits = X @ rng.standard_normal((COLUMNS, CLASSES)) + rng.gumbel(size=(ROWS, CLASSES))
    return {"X": X, "Y": np.eye(CLASSES)[logits.argmax(axis=1)], "theta": rng.uniform(-1.0, 1.0, CLASSES)}


def _loss(w: Any, args: Any) -> Any:
    theta, X, Y = args
    logits = X @ w
    fit = jnp.sum(jax.nn.logsumexp(logits, axis=1)) - jnp.sum(Y * logits)
    return fit + 0.5 * jnp.sum(w**2 * jnp.exp(theta))


def _flat(w: Any, args: Any) -> Any:
    return _loss(w.reshape(COLUMNS, CLASSES), args)


def _args(theta: Any, given: Any) -> Any:
    return theta, given["X"], given["Y"]


def jaxopt() -> dict[str, Any]:
    """Methods of descent; it has no Newton's method for minima."""
    from jaxopt import BFGS, LBFGS
    from jaxopt import linear_solve as linear

    cg = functools.partial(linear.solve_cg, tol=LINEAR)

    def method(solver: Any, loss: Any, start: Any, linear: Any) -> Any:
        def solution(theta: Any, given: Any) -> Any:
            run = solver(loss, tol=TOLERANCE, maxiter=1000, implicit_diff_solve=linear).run
            return run(start, _args(theta, given)).params

        return solution

    matrix, vector = jnp.zeros((COLUMNS, CLASSES)), jnp.zeros(COLUMNS * CLASSES)
    return {
        "LBFGS, solve_cg": method(LBFGS, _loss, matrix, cg),
        "LBFGS, solve_cholesky": method(LBFGS, _flat, vector, linear.solve_cholesky),
        "BFGS, solve_cholesky": method(BFGS, _flat, vector, linear.solve_cholesky),
    }


def optimistix() -> dict[str, Any]:
    """Methods of descent, and Newton's on the gradient."""
    import lineax as lx
    import optimistix as optx

    close = {"rtol": TOLERANCE, "atol": TOLERANCE}
    settings = {
        "tags": frozenset({lx.positive_semidefinite_tag}), "max_steps": 1000, "throw": False,
        "adjoint": optx.ImplicitAdjoint(linear_solver=lx.Cholesky()),
    }  # fmt: skip
    start = jnp.zeros(COLUMNS * CLASSES)

    def minimum(solver: Any) -> Any:
        return lambda theta, given: optx.minimise(_flat, solver, start, _args(theta, given), **settings).value

    def root(theta: Any, given: Any) -> Any:
        solver = optx.Newton(**close, linear_solver=lx.Cholesky())
        return optx.root_find(jax.grad(_flat), solver, start, _args(theta, given), **settings).value

    return {
        "BFGS, Cholesky": minimum(optx.BFGS(**close)), "LBFGS, Cholesky": minimum(optx.LBFGS(**close)),
        "Newton, Cholesky": root,
    }  # fmt: skip
