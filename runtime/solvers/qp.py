"""Convex quadratic programs by operator splitting (Stellato, Banjac, Goulart, Bemporad and Boyd 2020, OSQP).

    min x'P x / 2 + q'x   subject to   l <= C x <= u

The matrices are read off the objective and the constraints, and scaled (their section 5.1). A step is `inner`
iterations of their algorithm 1, a new weight rho (5.2), a guess of the active constraints solved as equations, their
polishing (4), which is kept where it is better, and their tests for problems without a solution (3.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size, state
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import tiny, unit
from pushforward.runtime.solvers.solution import Status

#: (x, y, w, the last change of x, that of y)
Iterates: TypeAlias = tuple[jax.Array, jax.Array, jax.Array, jax.Array, jax.Array]


class Program(NamedTuple):
    """The scaled program: x = D x', multipliers y = E y' / c. `equal` are the rows with l = u."""

    P: jax.Array
    q: jax.Array
    C: jax.Array
    low: jax.Array
    high: jax.Array
    equal: jax.Array
    D: jax.Array
    E: jax.Array
    c: jax.Array


class Splitting(NamedTuple):
    """The iterate of the algorithm, scaled, and the weight."""

    program: Program
    x: jax.Array
    y: jax.Array
    w: jax.Array
    rho: jax.Array


@dataclass(frozen=True)
class Qp:
    """Dense. `relax` is the over-relaxation, `sigma` the regularisation of the linear system, `rho` the first
    weight."""

    tol: float = 1e-8
    steps: int = 400
    inner: int = 25
    rho: float = 0.1
    sigma: float = 1e-6
    relax: float = 1.6

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """At the start, with multipliers 0 if it has none."""
        if not problem.quadratic:
            raise ValueError("qp needs a quadratic objective and affine constraints")
        z = problem.extended(z, args)
        program = _scaled(_read(problem, z, args))
        x, y = z[: problem.size] / program.D, z[problem.size :] / program.E * program.c
        memory = Splitting(program, x, y, program.C @ x, jnp.asarray(self.rho, z.dtype))
        return state(problem, z, args, memory)

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """Some iterations and a polish."""
        program, x, y, w, rho = now.memory
        weight = jnp.where(program.equal, 1e3 * rho, rho)
        system = program.P + self.sigma * jnp.eye(x.size, dtype=x.dtype) + program.C.T @ (weight[:, None] * program.C)
        factors = (jnp.linalg.cholesky(system), True)

        def iteration(carry: Iterates, _: None) -> tuple[Iterates, None]:
            x, y, w = carry[:3]
            right = self.sigma * x - program.q + program.C.T @ (weight * w - y)
            solved = jax.scipy.linalg.cho_solve(factors, right)
            x_new = self.relax * solved + (1 - self.relax) * x
            mixed = self.relax * (program.C @ solved) + (1 - self.relax) * w
            w_new = jnp.clip(mixed + y / weight, program.low, program.high)
            y_new = y + weight * (mixed - w_new)
            return (x_new, y_new, w_new, x_new - x, y_new - y), None

        (x, y, w, dx, dy), _ = jax.lax.scan(iteration, (x, y, w, 0 * x, 0 * y), None, self.inner)
        rough = jnp.concatenate([program.D * x, program.E * y / program.c])
        polished = _polished(program, y, w)
        residuals = [size(problem.optimality(v, args)) for v in (rough, polished)]
        z = jnp.where(residuals[1] < residuals[0], polished, rough)
        memory = Splitting(program, x, y, w, _weight(program, x, y, w, rho))
        return state(problem, z, args, memory, _status(program, dx, dy))


def _read(problem: Minimise, z: jax.Array, args: Any) -> Program:
    """The matrices, from derivatives at 0."""
    origin = jnp.zeros(problem.size, z.dtype)
    q, P = jax.grad(problem.objective)(origin, args), jax.hessian(problem.objective)(origin, args)

    def stacked(x: jax.Array) -> jax.Array:
        return jnp.concatenate(problem.constraints(x, args))

    equalities, rows = problem.multipliers(origin, args)
    equal = jnp.arange(equalities + rows) < equalities
    high = -stacked(origin)
    low = jnp.where(equal, high, -jnp.inf)
    C, D, E = jax.jacfwd(stacked)(origin), jnp.ones_like(q), jnp.ones_like(high)
    return Program(P, q, C, low, high, equal, D, E, jnp.ones((), z.dtype))


def _scaled(program: Program) -> Program:
    """Ruiz's equilibration of [P C'; C 0], ten times, and the objective's scale; without a derivative, for it changes
    no solution."""
    P, q, C = jax.lax.stop_gradient((program.P, program.q, program.C))

    def around(carry: tuple[jax.Array, jax.Array], _: None) -> tuple[tuple[jax.Array, jax.Array], None]:
        D, E = carry
        scaled_P, scaled_C = jnp.abs(D[:, None] * P * D[None, :]), jnp.abs(E[:, None] * C * D[None, :])
        columns = jnp.maximum(jnp.max(scaled_P, axis=0), jnp.max(scaled_C, axis=0, initial=0.0))
        rows = jnp.max(scaled_C, axis=1, initial=0.0)
        return (D / jnp.sqrt(jnp.where(columns > 0, columns, 1.0)), E / jnp.sqrt(jnp.where(rows > 0, rows, 1.0))), None

    (D, E), _ = jax.lax.scan(around, (program.D, program.E), None, 10)
    P, q = D[:, None] * program.P * D[None, :], D * program.q
    typical = jax.lax.stop_gradient(jnp.maximum(jnp.mean(jnp.max(jnp.abs(P), axis=0)), jnp.max(jnp.abs(q))))
    c = 1 / jnp.where(typical > 0, typical, 1.0)
    C = E[:, None] * program.C * D[None, :]
    return Program(c * P, c * q, C, E * program.low, E * program.high, program.equal, D, E, c)


def _polished(program: Program, y: jax.Array, w: jax.Array) -> jax.Array:
    """The point and multipliers with the constraints that seem active as equations, unscaled."""
    active = program.equal | (program.high - w < y)
    keep, n = active.astype(y.dtype), program.q.size
    rows = keep[:, None] * program.C
    small = 100 * unit(y)
    exact = jnp.block([[program.P, rows.T], [rows, -jnp.diag(1 - keep)]])
    shifted = exact + small * jnp.diag(jnp.concatenate([jnp.ones(n, y.dtype), -jnp.ones_like(keep)]))
    right = jnp.concatenate([-program.q, jnp.where(active, program.high, 0.0)])
    factors = jax.scipy.linalg.lu_factor(shifted)
    found = jnp.zeros_like(right)
    for _ in range(4):  # iterative refinement undoes the shift
        found = found + jax.scipy.linalg.lu_solve(factors, right - exact @ found)
    return jnp.concatenate([program.D * found[:n], program.E * found[n:] / program.c])


def _weight(program: Program, x: jax.Array, y: jax.Array, w: jax.Array, rho: jax.Array) -> jax.Array:
    """rho times the root of the quotient of the relative residuals, if that is far from 1."""
    x, y, w, C, P, q = jax.lax.stop_gradient((x, y, w, program.C, program.P, program.q))
    least = tiny(x)
    primal = size(C @ x - w) / jnp.maximum(jnp.maximum(size(C @ x), size(w)), least)
    dual = size(P @ x + q + C.T @ y) / jnp.maximum(jnp.maximum(jnp.maximum(size(P @ x), size(C.T @ y)), size(q)), least)
    factor = jnp.clip(jnp.sqrt(primal / jnp.maximum(dual, least)), 1e-3, 1e3)
    far = (factor > 5) | (factor < 0.2)
    return jax.lax.stop_gradient(jnp.clip(jnp.where(far, rho * factor, rho), 1e-6, 1e6))


def _status(program: Program, dx: jax.Array, dy: jax.Array) -> jax.Array:
    """Whether the last changes prove that no point, or no least point, exists."""
    eps = 10 * unit(dx) ** 0.5
    long, steep = size(dy), size(dx)
    above, below = jnp.maximum(dy, 0.0), jnp.minimum(dy, 0.0)
    bound = jnp.sum(jnp.where(above > 0, above * program.high, 0.0))
    bound = bound + jnp.sum(jnp.where((below < 0) & program.equal, below * program.low, 0.0))
    one_sided = jnp.max(jnp.where(program.equal, 0.0, -below), initial=0.0) <= eps * long
    impossible = (long > eps) & (size(program.C.T @ dy) <= eps * long) & (bound < -eps * long) & one_sided
    moved = program.C @ dx
    recedes = jnp.max(jnp.where(program.equal, jnp.abs(moved), moved), initial=-jnp.inf) <= eps * steep
    falls = (program.q @ dx < -eps * steep) & (size(program.P @ dx) <= eps * steep)
    unbounded = (steep > eps) & recedes & falls
    return jnp.where(impossible, Status.INFEASIBLE, jnp.where(unbounded, Status.UNBOUNDED, Status.CONVERGED))
