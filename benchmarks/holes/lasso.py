"""The lasso: the derivative in the logarithm of its penalty."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.holes import LINEAR, TOLERANCE

ROWS, COLUMNS, TRUE = 200, 100, 10


def data() -> dict[str, Any]:
    """Rows with noise, of which a few columns matter."""
    rng = np.random.default_rng(2)
    X = rng.standard_normal((ROWS, COLUMNS))
    y = X[:, :TRUE] @ rng.standard_normal(TRUE) + 0.5 * rng.standard_normal(ROWS)
    return {"X": X, "y": y, "theta": np.array(-2.5)}


def _smooth(w: Any, X: Any, y: Any) -> Any:
    return 0.5 * jnp.mean((X @ w - y) ** 2)


def _soft(w: Any, size: Any) -> Any:
    return jnp.sign(w) * jnp.maximum(jnp.abs(w) - size, 0.0)


def jaxopt() -> dict[str, Any]:
    """FISTA. `BlockCoordinateDescent` takes hundreds of times as long."""
    from jaxopt import ProximalGradient, prox
    from jaxopt import linear_solve as linear

    start = jnp.zeros(COLUMNS)

    def fista(implicit: Any) -> Any:
        def solution(theta: Any, given: Any) -> Any:
            solver = ProximalGradient(
                _smooth, prox.prox_lasso, tol=TOLERANCE, maxiter=10_000, implicit_diff_solve=implicit
            )
            return solver.run(start, jnp.exp(theta), given["X"], given["y"]).params

        return solution

    normal = functools.partial(linear.solve_normal_cg, tol=LINEAR)
    return {
        "ProximalGradient, solve_normal_cg": fista(normal), "ProximalGradient, solve_lu": fista(linear.solve_lu),
    }  # fmt: skip


def optimistix() -> dict[str, Any]:
    """It has no proximal operators: the proximal gradient as a map whose fixed point is wanted, its step by hand."""
    import lineax as lx
    import optimistix as optx

    start = jnp.zeros(COLUMNS)
    close = {"rtol": 0.1 * TOLERANCE, "atol": 0.1 * TOLERANCE}
    adjoint = optx.ImplicitAdjoint(linear_solver=lx.LU())

    step = ROWS / np.linalg.norm(data()["X"], 2) ** 2  # known before anything runs

    def map_(w: Any, args: Any) -> Any:
        theta, X, y, step = args
        return _soft(w - step * jax.grad(_smooth)(w, X, y), step * jnp.exp(theta))

    def fixed(solver: Any) -> Any:
        def solution(theta: Any, given: Any) -> Any:
            args = (theta, given["X"], given["y"], step)
            found = optx.fixed_point(
                map_, solver, start, args, max_steps=10_000, adjoint=adjoint, throw=False
            )
            return found.value

        return solution

    return {
        "FixedPointIteration, LU": fixed(optx.FixedPointIteration(**close)),
        "Newton, LU": fixed(optx.Newton(**close, linear_solver=lx.LU())),
    }
