"""The derivative by the implicit function theorem.

    F(z*(a), a) = 0   gives   dz* = -(dF/dz)^-1 (dF/da) da

(Krantz and Parks 2003; Blondel et al. 2022, "Efficient and modular implicit differentiation", section 2). The solver's
steps are not looked at. The error of the derivative is proportional to the error of the solution (their theorem 1). The
rule calls itself for the point at which it linearises, so that derivatives of any order are right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pushforward.runtime.linear.dense import Dense
from pushforward.runtime.linear.solve import LinearSolver, linear_solve
from pushforward.runtime.solvers.iterate import Solver, iterate
from pushforward.runtime.solvers.problem import FixedPoint, Function, Minimise, Problem
from pushforward.runtime.solvers.solution import Solution


@dataclass(frozen=True)
class Implicit:
    """`linear` solves the systems with the derivative of the condition."""

    linear: LinearSolver = field(default_factory=Dense)

    def solve(self, problem: Problem, solver: Solver, start: jax.Array, args: Any) -> Solution:
        """The solver's solution, with the derivative of the theorem in `args`."""
        found: Solution = _solve(problem, solver, self.linear, start, args)
        return found


@partial(jax.custom_jvp, nondiff_argnums=(0, 1, 2))
def _solve(problem: Problem, solver: Solver, linear: LinearSolver, start: jax.Array, args: Any) -> Solution:
    return iterate(solver, problem, start, args)


@_solve.defjvp
def _derivative(
    problem: Problem, solver: Solver, linear: LinearSolver, primals: Any, tangents: Any
) -> tuple[Solution, Solution]:
    start, args = primals
    solution = _solve(problem, solver, linear, start, args)
    z = solution.z
    condition = _condition(problem)
    _, change = jax.jvp(lambda a: condition(z, a), (args,), (tangents[1],))

    # An affine condition has one derivative; taken where Newton's method takes it, it is made once for both.
    place = start if isinstance(problem, Minimise) and problem.affine else z

    def jacobian(v: jax.Array) -> jax.Array:
        along: jax.Array = jax.jvp(lambda at: condition(at, args), (place,), (v,))[1]
        return along

    dz = linear_solve(linear, jacobian, -change, problem.symmetric)
    integer: Any = np.zeros((), jax.dtypes.float0)
    return solution, Solution(dz, integer, jnp.zeros_like(solution.residual), integer)


def _condition(problem: Problem) -> Function:
    """The condition, with the sign at which the eigenvalues of a contraction's derivative are positive, as a Neumann
    series with a positive step needs them: z - map(z)."""
    if isinstance(problem, FixedPoint):
        return lambda z, args: -problem.optimality(z, args)
    return problem.optimality
