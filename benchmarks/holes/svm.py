"""The dual of a support vector machine with a bias: the derivative in the logarithm of the bound."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.holes import TOLERANCE

ROWS = 60


def data() -> dict[str, Any]:
    """Points in the plane with labels that overlap, a Gaussian kernel."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((ROWS, 2))
    y = np.where(x[:, 0] + 0.5 * x[:, 1] ** 2 + 0.7 * rng.standard_normal(ROWS) > 0.4, 1.0, -1.0)
    kernel = np.exp(-((x[:, None] - x[None]) ** 2).sum(axis=2)) + 0.01 * np.eye(ROWS)
    return {"Q": kernel * np.outer(y, y), "y": y, "theta": np.array(0.0)}


def _dual(a: Any, Q: Any) -> Any:
    return 0.5 * a @ Q @ a - jnp.sum(a)


def jaxopt() -> dict[str, Any]:
    """OSQP, and projected gradients."""
    from jaxopt import OSQP, BoxOSQP, ProjectedGradient, projection
    from jaxopt import linear_solve as linear

    ones, eye = jnp.ones(ROWS), jnp.eye(ROWS)

    def boxes(solve: str) -> Any:
        def solution(theta: Any, given: Any) -> Any:
            solver = BoxOSQP(tol=TOLERANCE, maxiter=10_000, eq_qp_solve=solve)
            rows = jnp.concatenate([eye, given["y"][None]])
            low = jnp.zeros(ROWS + 1)
            high = jnp.append(jnp.exp(theta) * ones, 0.0)
            return solver.run(None, (given["Q"], -ones), rows, (low, high)).params.primal[0]

        return solution

    def osqp(theta: Any, given: Any) -> Any:
        solver = OSQP(tol=TOLERANCE, maxiter=10_000, eq_qp_solve="lu")
        rows = jnp.concatenate([-eye, eye])
        bounds = jnp.concatenate([0.0 * ones, jnp.exp(theta) * ones])
        found = solver.run(
            None, (given["Q"], -ones), (given["y"][None], jnp.zeros(1)), (rows, bounds)
        )
        return found.params.primal

    def projected(implicit: Any) -> Any:
        def solution(theta: Any, given: Any) -> Any:
            solver = ProjectedGradient(
                _dual, projection.projection_box_section, tol=TOLERANCE, maxiter=10_000, implicit_diff_solve=implicit
            )
            section = (jnp.zeros(ROWS), jnp.exp(theta) * ones, given["y"], 0.0)
            return solver.run(jnp.zeros(ROWS), section, given["Q"]).params

        return solution

    return {
        "BoxOSQP, lu": boxes("lu"), "BoxOSQP, cg": boxes("cg"), "OSQP, lu": osqp,
        "ProjectedGradient, solve_lu": projected(linear.solve_lu),
    }  # fmt: skip


def optimistix() -> dict[str, Any]:
    """It has no quadratic programs: the conditions of the solution as equations in the point and the bias."""
    import lineax as lx
    import optimistix as optx

    close = {"rtol": TOLERANCE, "atol": TOLERANCE}
    settings = {
        "adjoint": optx.ImplicitAdjoint(linear_solver=lx.LU()), "max_steps": 1000, "throw": False,
    }  # fmt: skip
    start = (jnp.zeros(ROWS), jnp.zeros(()))

    def conditions(unknown: Any, args: Any) -> Any:
        a, bias = unknown
        theta, Q, y = args
        moved = a - (jax.grad(_dual)(a, Q) + bias * y)
        return a - jnp.clip(moved, 0.0, jnp.exp(theta)), y @ a

    def root(solver: Any) -> Any:
        def solution(theta: Any, given: Any) -> Any:
            args = (theta, given["Q"], given["y"])
            return optx.root_find(conditions, solver, start, args, **settings).value[0]

        return solution

    return {
        "Newton, LU": root(optx.Newton(**close, linear_solver=lx.LU())),
        "Dogleg, LU": root(optx.Dogleg(**close, linear_solver=lx.LU())),
        "LevenbergMarquardt, QR": root(optx.LevenbergMarquardt(**close)),
    }
