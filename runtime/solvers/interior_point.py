"""A primal-dual interior point method for convex problems, with slacks and Mehrotra's predictor and corrector
(Mehrotra 1992; Nocedal and Wright 2006, chapter 19).

    grad f + h' nu + g' lam = 0,   h(x) = 0,   g(x) + s = 0,   s lam = mu,   s, lam > 0,   mu -> 0
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.feasibility import infeasible
from pushforward.runtime.solvers.iterate import State, state
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import tiny, unit
from pushforward.runtime.solvers.solution import Status


@dataclass(frozen=True)
class InteriorPoint:
    """Dense. `near` is the share of the way to the boundary that a step goes."""

    tol: float = 1e-8
    steps: int = 100
    near: float = 0.99
    halvings: int = 20

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """With slacks and multipliers of the inequalities of 1 or more. Memory: the slacks."""
        x, nu, lam = problem.split(problem.extended(z, args), args)
        _, inequality = problem.constraints(x, args)
        return state(problem, jnp.concatenate([x, nu, jnp.maximum(lam, 1.0)]), args, jnp.maximum(-inequality, 1.0))

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One predictor and corrector."""
        (x, nu, lam), s = problem.split(now.z, args), now.memory
        n, p = x.size, nu.size

        def constraints(x: jax.Array) -> tuple[jax.Array, jax.Array]:
            return problem.constraints(x, args)

        def stationary(x: jax.Array, nu: jax.Array, lam: jax.Array) -> jax.Array:
            def lagrangian(x: jax.Array) -> jax.Array:
                equality, inequality = constraints(x)
                return problem.objective(x, args) + nu @ equality + lam @ inequality

            gradient: jax.Array = jax.grad(lagrangian)(x)
            return gradient

        (equality, inequality), (A, G) = constraints(x), jax.jacfwd(constraints)(x)
        hessian = jax.jacfwd(stationary)(x, nu, lam)
        least = tiny(x)
        weight = lam / jnp.maximum(s, least)
        # a unit in the last place of regularisation lets linear objectives and repeated constraints pass
        little = 4 * unit(x) * (1 + jnp.max(jnp.abs(hessian)))
        top = hessian + G.T @ (weight[:, None] * G) + little * jnp.eye(n, dtype=x.dtype)
        system = jnp.block([[top, A.T], [A, -little * jnp.eye(p, dtype=x.dtype)]])
        factors = jax.scipy.linalg.lu_factor(system)
        r_x, r_s = stationary(x, nu, lam), inequality + s

        def direction(complementary: jax.Array) -> tuple[jax.Array, ...]:
            """The Newton step for s lam = what leaves `complementary` 0."""
            pushed = (lam * r_s - complementary) / jnp.maximum(s, least)
            right = -jnp.concatenate([r_x + G.T @ pushed, equality])
            d = jax.scipy.linalg.lu_solve(factors, right)
            d = d + jax.scipy.linalg.lu_solve(factors, right - system @ d)
            dx, dnu = d[:n], d[n:]
            ds = -r_s - G @ dx
            return dx, dnu, -(complementary + lam * ds) / jnp.maximum(s, least), ds

        count = max(s.size, 1)
        mu = s @ lam / count
        _, _, dlam, ds = direction(s * lam)
        reach = jnp.minimum(_room(s, ds), _room(lam, dlam))
        ahead = (s + reach * ds) @ (lam + reach * dlam) / count
        sigma = jnp.clip(ahead / jnp.maximum(mu, least), 0.0, 1.0) ** 3
        dx, dnu, dlam, ds = direction(s * lam + ds * dlam - sigma * mu)
        ratio = self.near * jnp.minimum(_room(s, ds), _room(lam, dlam))
        reach = jnp.minimum(1.0, ratio)

        def size(t: jax.Array) -> jax.Array:
            h, g = constraints(x + t * dx)
            rest = stationary(x + t * dx, nu + t * dnu, lam + t * dlam)
            return jnp.sum(rest**2) + jnp.sum(h**2) + jnp.sum((g + s + t * ds) ** 2)

        allowed = 4 * size(jnp.zeros(())) + mu**2 + 1e-6

        def poor(carry: tuple[jax.Array, jax.Array]) -> jax.Array:
            t, k = carry
            good: jax.Array = size(t * reach) <= allowed
            return ~good & (k < self.halvings)

        start = jax.lax.stop_gradient((jnp.ones((), x.dtype), jnp.asarray(0)))
        t, _ = jax.lax.while_loop(poor, lambda c: (c[0] / 2, c[1] + 1), start)
        t = t * reach
        z = jnp.concatenate([x + t * dx, nu + t * dnu, lam + t * dlam])
        status = jnp.where(infeasible(problem, z, args), Status.INFEASIBLE, Status.CONVERGED)
        return state(problem, z, args, s + t * ds, status)


def _room(at: jax.Array, d: jax.Array) -> jax.Array:
    """The largest t up to 1 / 0.99 with at + t d >= 0."""
    shrinks = d < 0
    return jnp.min(jnp.where(shrinks, -at / jnp.where(shrinks, d, 1.0), jnp.inf), initial=1 / 0.99)
