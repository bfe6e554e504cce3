"""The residuals of a problem that is a sum of squares, or a system of equations: what Gauss and Newton's methods
need."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.problem import Function, Minimise, Problem
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Linearised(NamedTuple):
    """r(z) [m] and its Jacobian [m, n]."""

    value: jax.Array
    jacobian: jax.Array

    @property
    def gradient(self) -> jax.Array:
        """J' r, the gradient of |r|^2 / 2."""
        return self.jacobian.T @ self.value


class Trial(NamedTuple):
    """What a step gives: r and J after it, how far |r|^2 / 2 falls, and how far the linear model says that it does."""

    linear: Linearised
    fall: jax.Array
    predicted: jax.Array

    @property
    def taken(self) -> jax.Array:
        """Whether it falls by a share of what is predicted."""
        return (self.fall >= 1e-4 * self.predicted) & jnp.all(jnp.isfinite(self.linear.jacobian))

    @property
    def well(self) -> jax.Array:
        """Whether the model predicts well."""
        return self.taken & (self.fall >= 0.75 * self.predicted)

    @property
    def badly(self) -> jax.Array:
        """Whether the model predicts badly; also if a value is not finite."""
        return ~(self.taken & (self.fall >= 0.25 * self.predicted))


def attempt(problem: Problem, z: jax.Array, now: Linearised, direction: jax.Array, args: Any) -> Trial:
    """Try z + direction. Where rounding hides the fall, it is the mean of the slopes at both ends."""
    after = linearised(problem, z + direction, args)
    before = 0.5 * (now.value @ now.value)
    slope, image = now.gradient @ direction, now.jacobian @ direction
    seen = before - 0.5 * (after.value @ after.value)
    hidden = jnp.abs(seen) <= 64 * unit(z) * before
    fall = jnp.where(hidden, -0.5 * (slope + after.gradient @ direction), seen)
    return Trial(after, fall, -slope - 0.5 * (image @ image))


def chosen(taken: jax.Array, new: Linearised, old: Linearised) -> Linearised:
    """The new one if the step is taken."""
    return Linearised(jnp.where(taken, new.value, old.value), jnp.where(taken, new.jacobian, old.jacobian))


def residuals(problem: Problem) -> Function:
    """The function r: of which half the square is minimised, or which is to be 0."""
    if not isinstance(problem, Minimise):
        return problem.optimality
    if problem.residuals is None:
        raise ValueError("this solver needs a loss that is a sum of squares")
    return problem.residuals


def linearised(problem: Problem, z: jax.Array, args: Any) -> Linearised:
    """r and J at z; J by forward derivatives, or in reverse where there are fewer residuals than unknowns."""
    function = residuals(problem)
    value = function(z, args)
    derivative = jax.jacfwd if value.size >= z.size else jax.jacrev
    return Linearised(value, derivative(function)(z, args))


def half_squares(problem: Problem) -> Function:
    """|r|^2 / 2."""
    function = residuals(problem)
    return lambda z, args: 0.5 * jnp.sum(function(z, args) ** 2)


def least_squares(matrix: jax.Array, right: jax.Array) -> jax.Array:
    """x that minimises |A x - b|; the smallest if A [m, n] has m < n. Not finite if A has not full rank."""
    rows, columns = matrix.shape
    if rows >= columns:
        q, r = jnp.linalg.qr(matrix)
        x: jax.Array = jax.scipy.linalg.solve_triangular(r, q.T @ right)
    else:
        q, r = jnp.linalg.qr(matrix.T)
        x = q @ jax.scipy.linalg.solve_triangular(r, right, trans=1)
    pivots = jnp.abs(jnp.diagonal(r))
    full = jnp.min(pivots, initial=jnp.inf) > max(rows, columns) * unit(r) * jnp.max(pivots, initial=0.0)
    return jnp.where(full, x, jnp.nan)


def state(problem: Problem, z: jax.Array, now: Linearised, memory: Any, status: jax.Array | int) -> State:
    """A state at z, where the residuals are known. A system of equations whose |r| no small move makes smaller,
    though it is not 0, has STALLED."""
    if isinstance(problem, Minimise):
        return State(z, size(now.gradient), jnp.asarray(status, jnp.int32), memory)
    flat = size(now.gradient) <= 16 * unit(z) * size(now.jacobian) * size(now.value)
    stalled = flat & (size(now.value) > 0) & (status == Status.CONVERGED)
    return State(z, size(now.value), jnp.where(stalled, Status.STALLED, status).astype(jnp.int32), memory)
