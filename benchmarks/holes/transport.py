"""Entropic optimal transport: the derivative of a potential in the points of one of the clouds."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.holes import LINEAR, TOLERANCE

ONE, OTHER, BLUR = 40, 30, 0.5


def data() -> dict[str, Any]:
    """Two clouds in the plane."""
    rng = np.random.default_rng(4)
    b = rng.dirichlet(np.ones(OTHER))
    return {"A": rng.standard_normal((ONE, 2)), "b": b, "theta": 0.5 + 0.7 * rng.standard_normal((OTHER, 2))}


def _args(theta: Any, given: Any) -> Any:
    """The costs, and the logarithms of the masses of the other cloud; those of the first are equal."""
    return jnp.sum((given["A"][:, None] - theta[None]) ** 2, axis=2), jnp.log(given["b"])


def _sinkhorn(f: Any, args: Any) -> Any:
    """Both potentials once, the first with mean 0."""
    costs, log_b = args
    g = -jax.nn.logsumexp((f[:, None] - costs) / BLUR, axis=0)
    h = -jax.nn.logsumexp(log_b + g - costs / BLUR, axis=1)
    return BLUR * (h - jnp.mean(h))


def jaxopt() -> dict[str, Any]:
    """Sinkhorn's iteration, plain and accelerated."""
    from jaxopt import AndersonAcceleration, FixedPointIteration
    from jaxopt import linear_solve as linear

    start = jnp.zeros(ONE)
    normal = functools.partial(linear.solve_normal_cg, tol=LINEAR)
    gmres = functools.partial(linear.solve_gmres, tol=LINEAR)

    def fixed(solver: Any, implicit: Any, **settings: Any) -> Any:
        def solution(theta: Any, given: Any) -> Any:
            run = solver(
                _sinkhorn, tol=TOLERANCE, maxiter=10_000, implicit_diff_solve=implicit, **settings
            ).run
            return run(start, _args(theta, given)).params

        return solution

    return {
        "FixedPointIteration, solve_lu": fixed(FixedPointIteration, linear.solve_lu),
        "FixedPointIteration, solve_gmres": fixed(FixedPointIteration, gmres),
        "FixedPointIteration, solve_normal_cg": fixed(FixedPointIteration, normal),
        "AndersonAcceleration, solve_lu": fixed(AndersonAcceleration, linear.solve_lu, ridge=1e-14),
    }


def optimistix() -> dict[str, Any]:
    """The same iteration; equations by Newton's method."""
    import lineax as lx
    import optimistix as optx

    start = jnp.zeros(ONE)
    close = {"rtol": 0.1 * TOLERANCE, "atol": 0.1 * TOLERANCE}
    adjoint = optx.ImplicitAdjoint(linear_solver=lx.LU())

    def fixed(solver: Any) -> Any:
        def solution(theta: Any, given: Any) -> Any:
            found = optx.fixed_point(
                _sinkhorn, solver, start, _args(theta, given), max_steps=10_000, adjoint=adjoint, throw=False
            )
            return found.value

        return solution

    return {
        "FixedPointIteration, LU": fixed(optx.FixedPointIteration(**close)),
        "Newton, LU": fixed(optx.Newton(**close, linear_solver=lx.LU())),
        "Chord, LU": fixed(optx.Chord(**close, linear_solver=lx.LU())),
    }
