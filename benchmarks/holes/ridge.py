"""Ridge regression with a penalty for each coefficient: the derivative in the log-penalties."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.holes import LINEAR, TOLERANCE

ROWS, COLUMNS = 400, 60


def data() -> dict[str, Any]:
    """Rows with noise."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((ROWS, COLUMNS))
    y = X @ rng.standard_normal(COLUMNS) + rng.standard_normal(ROWS)
    return {"X": X, "y": y, "theta": rng.uniform(0.0, 3.0, COLUMNS)}


def _loss(w: Any, args: Any) -> Any:
    theta, X, y = args
    return 0.5 * jnp.sum((X @ w - y) ** 2) + 0.5 * jnp.sum(jnp.exp(theta) * w**2)


def _residuals(w: Any, args: Any) -> Any:
    theta, X, y = args
    return jnp.concatenate([X @ w - y, jnp.exp(0.5 * theta) * w])


def _args(theta: Any, given: Any) -> Any:
    return theta, given["X"], given["y"]


def jaxopt() -> dict[str, Any]:
    """It has no solver for a quadratic without constraints but that of programs with equations."""
    import functools

    from jaxopt import LBFGS, GaussNewton
    from jaxopt import linear_solve as linear

    cg = functools.partial(linear.solve_cg, tol=LINEAR)
    start = jnp.zeros(COLUMNS)

    def direct(theta: Any, given: Any) -> Any:
        _, X, y = _args(theta, given)
        return linear.solve_cholesky(lambda v: X.T @ (X @ v) + jnp.exp(theta) * v, X.T @ y)

    def lbfgs(solve: Any) -> Any:
        def solution(theta: Any, given: Any) -> Any:
            solver = LBFGS(_loss, tol=TOLERANCE, maxiter=1000, implicit_diff_solve=solve)
            return solver.run(start, _args(theta, given)).params

        return solution

    def gauss_newton(theta: Any, given: Any) -> Any:
        solver = GaussNewton(_residuals, tol=TOLERANCE, maxiter=10, implicit_diff_solve=cg)
        return solver.run(start, _args(theta, given)).params

    return {
        "linear_solve.solve_cholesky": direct, "LBFGS, solve_cg": lbfgs(cg),
        "LBFGS, solve_cholesky": lbfgs(linear.solve_cholesky), "GaussNewton, solve_cg": gauss_newton,
    }  # fmt: skip


def optimistix() -> dict[str, Any]:
    """Newton's method on the gradient; least squares."""
    import lineax as lx
    import optimistix as optx

    definite = frozenset({lx.positive_semidefinite_tag})
    start = jnp.zeros(COLUMNS)
    close = {"rtol": TOLERANCE, "atol": TOLERANCE}

    def newton(solver: Any, linear: Any) -> Any:
        def solution(theta: Any, given: Any) -> Any:
            adjoint = optx.ImplicitAdjoint(linear_solver=linear)
            gradient = jax.grad(_loss)
            args = _args(theta, given)
            return optx.root_find(
                gradient, solver(**close, linear_solver=linear), start, args, tags=definite, adjoint=adjoint, throw=False
            ).value

        return solution


    def direct(theta: Any, given: Any) -> Any:
        _, X, y = _args(theta, given)
        hessian = X.T @ X + jnp.diag(jnp.exp(theta))
        return lx.linear_solve(lx.MatrixLinearOperator(hessian, definite), X.T @ y, lx.Cholesky()).value

    return {
        "Newton, Cholesky": newton(optx.Newton, lx.Cholesky()), "Chord, Cholesky": newton(optx.Chord, lx.Cholesky()),
        "lineax by hand, Cholesky": direct,
    }  # fmt: skip
