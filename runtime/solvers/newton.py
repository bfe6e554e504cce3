"""Newton's method, for equations and for minima (Nocedal and Wright 2006, chapter 3 and section 11.1).

    z <- z - t J^-1 F(z),   F = optimality(problem),   t the first of 1, 1/2, 1/4, ... that makes enough progress

For a minimum J is the Hessian, made positive definite by adding a multiple of the identity where its Cholesky factor
does not exist, and progress is Armijo's condition on the objective; for equations it is that of |F|^2. A loss that is
known to be quadratic takes one step, without a search, and one J, made at the start. With `reuse` = m one J
serves m steps (lazy Hessians: Doikov, Chayti and Jaggi 2023, "Second-order optimization with lazy Hessians"; for
equations, Shamanskii 1967).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp

from pushforward.runtime.linear.dense import matrix_of
from pushforward.runtime.solvers import definite
from pushforward.runtime.solvers.iterate import State, state
from pushforward.runtime.solvers.line_search import search
from pushforward.runtime.solvers.problem import Function, Minimise, Problem
from pushforward.runtime.solvers.solution import Status

#: a factorised matrix: (Cholesky factor,) or (LU factors, permutation)
Factors: TypeAlias = tuple[jax.Array, ...]


@dataclass(frozen=True)
class Newton:
    """Dense; a step is n products with J and n^3 time, every `reuse` steps, and n^2 between. `halvings` bounds the
    line search."""

    tol: float = 1e-8
    steps: int = 100
    halvings: int = 30
    reuse: int = 1

    def init(self, problem: Problem, z: jax.Array, args: Any) -> State:
        """The state at the start: no matrix yet."""
        if _quadratic(problem):
            return state(problem, z, args, (_factorised(problem, z, args),))
        if self.reuse == 1:
            return state(problem, z, args)
        identity = jnp.eye(z.size, dtype=z.dtype)
        factors = (identity,) if isinstance(problem, Minimise) else jax.scipy.linalg.lu_factor(identity)
        return state(problem, z, args, (factors, jnp.zeros((), jnp.int32)))

    def step(self, problem: Problem, now: State, args: Any) -> State:
        """One damped step."""
        residual = problem.optimality(now.z, args)
        factors = self._factors(problem, now, args)
        direction = -_solved(factors, residual)
        usable = jnp.all(jnp.isfinite(direction))
        direction = jnp.where(usable, direction, jnp.zeros_like(direction))
        if _quadratic(problem):
            t, good = jnp.ones((), now.z.dtype), jnp.ones((), bool)
        else:
            t, good = search(_merit(problem), now.z, direction, args, trials=self.halvings)
        status = jnp.where(good, Status.CONVERGED, Status.STALLED)
        status = jnp.where(usable, status, Status.SINGULAR)
        z = now.z + t * direction
        if _quadratic(problem):
            return state(problem, z, args, now.memory, status)
        if self.reuse == 1:
            return state(problem, z, args, status=status)
        age = now.memory[1]
        failed = status != Status.CONVERGED
        # an old matrix that serves no longer is made anew; only a new one that does not serve is a failure
        status = jnp.where(failed & (age > 0), Status.CONVERGED, status)
        return state(problem, z, args, (factors, jnp.where(failed, 0, (age + 1) % self.reuse)), status)

    def _factors(self, problem: Problem, now: State, args: Any) -> Factors:
        """The factors for this step."""
        if _quadratic(problem):
            return now.memory[0]  # type: ignore[no-any-return]
        if self.reuse == 1:
            return _factorised(problem, now.z, args)
        old, age = now.memory
        factors: Factors = jax.lax.cond(age == 0, lambda: _factorised(problem, now.z, args), lambda: old)
        return factors


def _quadratic(problem: Problem) -> bool:
    return isinstance(problem, Minimise) and problem.affine


def _factorised(problem: Problem, z: jax.Array, args: Any) -> Factors:
    if isinstance(problem, Minimise) and problem.affine:
        # written as in `implicit(dense())`, so that XLA sees that it is the same matrix, and makes it once
        return (jnp.linalg.cholesky(matrix_of(lambda v: problem.along(z, args, v), z)),)
    jacobian = jax.jacfwd(problem.optimality)(z, args)
    match problem:
        case Minimise():
            return (definite.factor(jacobian),)
        case _:
            lu, permutation = jax.scipy.linalg.lu_factor(jacobian)
            return lu, permutation


def _solved(factors: Factors, right: jax.Array) -> jax.Array:
    match factors:
        case (lower,):
            return definite.solve(lower, right)
        case _:
            x: jax.Array = jax.scipy.linalg.lu_solve(factors, right)
            return x


def _merit(problem: Problem) -> Function:
    """What a step must make smaller."""
    if isinstance(problem, Minimise):
        return problem.objective
    return lambda z, args: 0.5 * jnp.sum(problem.optimality(z, args) ** 2)
