"""Newton's method, for equations and for minima (Nocedal and Wright 2006, chapter 3 and section 11.1).

    z <- z - t J^-1 F(z),   F = optimality(problem),   t the first of 1, 1/2, 1/4, ... that makes enough progress

For a minimum J is the Hessian, made positive definite by adding a multiple of the identity where its Cholesky factor
does not exist, and progress is Armijo's condition on the objective; for equations it is that of |F|^2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, state
from pushforward.runtime.solvers.problem import Minimise, Problem
from pushforward.runtime.solvers.solution import Status


@dataclass(frozen=True)
class Newton:
    """Dense; n^2 memory and n^3 time a step. `halvings` bounds the line search."""

    tol: float = 1e-8
    steps: int = 100
    halvings: int = 30

    def init(self, problem: Problem, z: jax.Array, args: Any) -> State:
        """The state at the start."""
        return state(problem, z, args)

    def step(self, problem: Problem, now: State, args: Any) -> State:
        """One damped step."""
        residual = problem.optimality(now.z, args)
        jacobian = jax.jacfwd(problem.optimality)(now.z, args)
        if isinstance(problem, Minimise):
            direction = _descent(jacobian, residual)
            merit, slope = problem.objective, residual @ direction
        else:
            direction = -jnp.linalg.solve(jacobian, residual)
            merit, slope = _squares(problem), -(residual @ residual)
        before = merit(now.z, args)

        def poor(carry: tuple[jax.Array, jax.Array]) -> jax.Array:
            t, n = carry
            after = merit(now.z + t * direction, args)
            # rounding: near the solution the merit cannot be told from what it was
            noise = 8 * jnp.finfo(now.z.dtype).eps * (1 + jnp.abs(before))
            return ~(after <= before + 1e-4 * t * slope + noise) & (n < self.halvings)

        one = jnp.ones((), now.z.dtype)
        t, n = jax.lax.while_loop(poor, lambda c: (c[0] / 2, c[1] + 1), jax.lax.stop_gradient((one, 0)))
        status = jnp.where(n < self.halvings, Status.CONVERGED, Status.STALLED)
        status = jnp.where(jnp.all(jnp.isfinite(direction)), status, Status.SINGULAR)
        return state(problem, now.z + t * direction, args, status=status)


def _squares(problem: Problem) -> Any:
    return lambda z, args: 0.5 * jnp.sum(problem.optimality(z, args) ** 2)


def _descent(hessian: jax.Array, gradient: jax.Array) -> jax.Array:
    """-(H + lambda I)^-1 g with the first lambda of 0, s, 10 s, ... for which H + lambda I has a Cholesky factor."""
    identity = jnp.eye(gradient.size, dtype=gradient.dtype)
    scale = jnp.maximum(jnp.max(jnp.abs(hessian), initial=0.0), jnp.finfo(gradient.dtype).tiny)

    def indefinite(shift: jax.Array) -> jax.Array:
        factor = jnp.linalg.cholesky(hessian + shift * identity)
        return ~jnp.all(jnp.isfinite(factor)) & (shift < 1e3 * scale)

    def larger(shift: jax.Array) -> jax.Array:
        return jnp.maximum(10 * shift, 1e-4 * scale)

    shift = jax.lax.while_loop(indefinite, larger, jax.lax.stop_gradient(jnp.zeros((), gradient.dtype)))
    factor = jnp.linalg.cholesky(hessian + shift * identity)
    return -jax.scipy.linalg.cho_solve((factor, True), gradient)
