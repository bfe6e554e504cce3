"""The alternating direction method of multipliers (Boyd et al. 2011, chapter 5) for a smooth loss f and a proximal
operator.

    x <- argmin f(x) + rho |x - z + u|^2 / 2     (Newton's method: exact in one step if f is quadratic)
    z <- prox(x + u, 1 / rho)
    u <- u + x - z

rho is adapted to balance the two residuals (their section 3.4.1). Dense in x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, state
from pushforward.runtime.solvers.problem import Minimise


class Split(NamedTuple):
    """The copy of the point that the loss sees, the scaled multiplier of x = z, and the weight."""

    x: jax.Array
    u: jax.Array
    rho: jax.Array


@dataclass(frozen=True)
class Admm:
    """`rho` is the first weight, `newton` how many Newton steps a step makes where the loss is not quadratic, `relax`
    the over-relaxation."""

    tol: float = 1e-8
    steps: int = 5000
    rho: float = 1.0
    newton: int = 3
    relax: float = 1.6

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """At the start, moved into the domain."""
        z = z if problem.prox is None else problem.prox(z, 1e-3 if problem.nonsmooth is not None else 1.0, args)
        return state(problem, z, args, Split(z, jnp.zeros_like(z), jnp.asarray(self.rho, z.dtype)))

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One step."""
        z, (x, u, rho) = now.z, now.memory
        slope, identity = jax.grad(problem.objective), jnp.eye(z.size, dtype=z.dtype)

        def newton(x: jax.Array, _: None) -> tuple[jax.Array, None]:
            hessian = jax.jacfwd(slope)(x, args) + rho * identity
            return x - jnp.linalg.solve(hessian, slope(x, args) + rho * (x - z + u)), None

        x, _ = jax.lax.scan(newton, x, None, 1 if problem.quadratic else self.newton)
        mixed = self.relax * x + (1 - self.relax) * z
        after = mixed + u if problem.prox is None else problem.prox(mixed + u, 1 / rho, args)
        u = u + mixed - after
        primal, dual = jnp.linalg.norm(x - after), rho * jnp.linalg.norm(after - z)
        factor = jax.lax.stop_gradient(jnp.where(primal > 10 * dual, 2.0, jnp.where(dual > 10 * primal, 0.5, 1.0)))
        return state(problem, after, args, Split(x, u / factor, rho * factor))
