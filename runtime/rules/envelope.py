"""Derivatives by values instead of by second derivatives: what the rules `penalty` and `value_function` have in common.

    V_s(a) = min_z { objective(z, a) + s c'z },    dV_s/ds at 0 = c'z*(a)

so that the vector-Jacobian product of z* with c is the derivative, in s, of the gradient of V_s, for which a quotient
of differences is taken. The gradient of V_s is that of the Lagrangian in a at a solution that is held fixed (the
envelope theorem: Milgrom and Segal 2002; with constraints Bonnans and Shapiro 2000). Nothing is derived
twice and no linear system is solved, but a second problem is. s is `sigma` / |c|: the same vector to scale gives the
same product to scale.

There is a derivative in reverse only. The problem that is pulled is solved by the same rule, and so derivatives of
higher order exist, in reverse over reverse; each divides by sigma once more.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import Solver, iterate
from pushforward.runtime.solvers.problem import Function, Minimise, Saddle
from pushforward.runtime.solvers.solution import Solution

#: problems whose solution is an optimal value's
Valued: TypeAlias = Minimise | Saddle


@partial(jax.custom_vjp, nondiff_argnums=(0, 1, 2))
def solve(problem: Valued, solver: Solver, sigma: float, start: jax.Array, args: Any) -> Solution:
    """The solver's solution. The derivative is that of the point: multipliers behind it count as constants."""
    return iterate(solver, problem, start, args)


def _forward(problem: Valued, solver: Solver, sigma: float, start: jax.Array, args: Any) -> tuple[Solution, Any]:
    found: Solution = solve(problem, solver, sigma, start, args)
    return found, (found.z, start, args)


def _backward(problem: Valued, solver: Solver, sigma: float, kept: Any, cotangent: Solution) -> tuple[Any, Any]:
    z, start, args = kept
    c = cotangent.z[: start.size]
    # |c| by hand: its derivative at c = 0 is to be 0
    square = c @ c
    length = jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1.0)), 0.0)
    pull = sigma * c / jnp.where(square > 0, length, 1.0)
    # from the solution, which is near; whence it started has no derivative
    near = jax.lax.stop_gradient(z[: start.size])
    pulled = solve(_pulled(problem), solver, sigma, near, (args, pull))

    def difference(a: Any) -> jax.Array:
        there = lagrangian(problem, pulled.z, a, args, pull)
        return (there - lagrangian(problem, z, a, args, jnp.zeros_like(pull))) / sigma

    value, gradient = jax.vjp(difference, args)
    (bar,) = gradient(length.astype(value.dtype))
    return jnp.zeros_like(start), bar


solve.defvjp(_forward, _backward)


def _pulled(problem: Valued) -> Valued:
    """The problem with the linear term pull'z; its args are (args, pull)."""
    def lifted(function: Function | None) -> Function | None:
        return None if function is None else lambda z, a: function(z, a[0])

    def tilted(function: Function) -> Function:
        return lambda z, a: function(z, a[0]) + a[1] @ z

    prox = problem.prox
    proximal = None if prox is None else lambda z, step, a: prox(z, step, a[0])
    if isinstance(problem, Saddle):
        return replace(problem, payoff=tilted(problem.payoff), prox=proximal)
    return replace(
        problem, objective=tilted(problem.objective), prox=proximal, nonsmooth=lifted(problem.nonsmooth),
        equality=lifted(problem.equality), inequality=lifted(problem.inequality), residuals=None,
    )


def lagrangian(problem: Valued, z: jax.Array, args: Any, held: Any, pull: jax.Array) -> jax.Array:
    """A function of `args` whose derivative, for a solution z of the problem pulled by `pull`, is that of the optimal
    value. `held` is equal to `args` and takes no part in that derivative.
    """
    if isinstance(problem, Saddle):
        value = problem.payoff(z, args)
        return value if problem.prox is None else value + _motion(problem, z, args, held, pull)
    value = _smooth(problem, z, args)
    if problem.nonsmooth is not None:
        return value + problem.nonsmooth(z[: problem.size], args)
    return value if problem.prox is None else value + _motion(problem, z, args, held, pull)


def _smooth(problem: Minimise, z: jax.Array, args: Any) -> jax.Array:
    """The objective and the constraints at their multipliers."""
    x, nu, lam = problem.split(z, args)
    value = problem.objective(x, args)
    if problem.equality is not None:
        value = value + nu @ problem.equality(x, args).ravel()
    if problem.inequality is not None:
        value = value + lam @ problem.inequality(x, args).ravel()
    return value


def _motion(problem: Valued, z: jax.Array, args: Any, held: Any, pull: jax.Array) -> jax.Array:
    """What a set that moves with `args` does to the value: gradient' P(x - gradient; args), in which P alone moves."""
    prox = problem.prox
    assert prox is not None
    if isinstance(problem, Saddle):
        gradient = jax.grad(problem.payoff)(z, held) + pull
        moved = z - jnp.where(jnp.arange(z.size) < problem.split, gradient, -gradient)
        return jnp.vdot(gradient, prox(moved, 1.0, args))
    n = problem.size
    gradient = jax.grad(lambda at: _smooth(problem, at, held))(z)[:n] + pull
    return jnp.vdot(gradient, prox(z[:n] - gradient, 1.0, args))
