"""A deep equilibrium: the derivative in the bias of its layer."""

from __future__ import annotations

import functools
from typing import Any

import jax.numpy as jnp
import numpy as np

from benchmarks.holes import LINEAR, TOLERANCE

INPUTS, WIDTH = 32, 48


def data() -> dict[str, Any]:
    """A layer that contracts, and inputs."""
    rng = np.random.default_rng(5)
    W = rng.standard_normal((WIDTH, WIDTH))
    W *= 1.2 / np.linalg.norm(W, 2)
    return {"W": W, "x": 0.3 * rng.standard_normal((INPUTS, WIDTH)), "theta": 0.1 * rng.standard_normal(WIDTH)}


def _layer(h: Any, args: Any) -> Any:
    theta, W, x = args
    return jnp.tanh(h @ W.T + x + theta)


def _args(theta: Any, given: Any) -> Any:
    return theta, given["W"], given["x"]


def jaxopt() -> dict[str, Any]:
    """The layer again and again, plain and accelerated."""
    from jaxopt import AndersonAcceleration, FixedPointIteration
    from jaxopt import linear_solve as linear

    start = jnp.zeros((INPUTS, WIDTH))
    solvers = {
        "solve_normal_cg": functools.partial(linear.solve_normal_cg, tol=LINEAR),
        "solve_gmres": functools.partial(linear.solve_gmres, tol=LINEAR),
        "solve_bicgstab": functools.partial(linear.solve_bicgstab, tol=LINEAR),
    }

    def fixed(solver: Any, implicit: Any, **settings: Any) -> Any:
        def solution(theta: Any, given: Any) -> Any:
            run = solver(_layer, tol=TOLERANCE, maxiter=1000, implicit_diff_solve=implicit, **settings).run
            return run(start, _args(theta, given)).params

        return solution

    plain = {f"FixedPointIteration, {n}": fixed(FixedPointIteration, s) for n, s in solvers.items()}
    return plain | {
        "AndersonAcceleration, solve_bicgstab": fixed(AndersonAcceleration, solvers["solve_bicgstab"], ridge=1e-14)
    }


def optimistix() -> dict[str, Any]:
    """The same; equations by Newton's method without a matrix."""
    import lineax as lx
    import optimistix as optx

    start = jnp.zeros((INPUTS, WIDTH))
    # in the norm of what it looks at, which is the largest entry; tighter, for what changes is smaller than the error
    close = {"rtol": 0.1 * TOLERANCE, "atol": 0.1 * TOLERANCE}
    gmres = lx.GMRES(rtol=LINEAR, atol=LINEAR, restart=30)
    bicgstab = lx.BiCGStab(rtol=LINEAR, atol=LINEAR)

    def fixed(solver: Any, linear: Any) -> Any:
        adjoint = optx.ImplicitAdjoint(linear_solver=linear)

        def solution(theta: Any, given: Any) -> Any:
            return optx.fixed_point(
                _layer, solver, start, _args(theta, given), max_steps=1000, adjoint=adjoint, throw=False
            ).value

        return solution

    return {
        "FixedPointIteration, GMRES": fixed(optx.FixedPointIteration(**close), gmres),
        "FixedPointIteration, BiCGStab": fixed(optx.FixedPointIteration(**close), bicgstab),
        "Newton, BiCGStab": fixed(optx.Newton(**close, linear_solver=bicgstab), bicgstab),
    }
