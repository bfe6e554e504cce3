"""The proximal method of multipliers (Rockafellar 1976): the augmented Lagrangian (Hestenes 1969; Powell 1969; Nocedal
and Wright 2006, section 17.3), with a term that keeps x near, so that linear objectives have a minimum too.

    x  <- argmin f(u) + nu'h(u) + rho |h(u)|^2 / 2 + |max(lam + rho g(u), 0)|^2 / (2 rho) + |u - x|^2 / (2 rho)
    nu <- nu + rho h(x),   lam <- max(lam + rho g(x), 0)

rho grows where the violation does not fall to a quarter, and falls where it is all rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.rules.implicit import Implicit
from pushforward.runtime.solvers.feasibility import infeasible
from pushforward.runtime.solvers.iterate import Solver, State, state
from pushforward.runtime.solvers.newton import Newton
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


@dataclass(frozen=True)
class AugmentedLagrangian:
    """`inner` minimises; with sets and nonsmooth terms it must take a proximal operator. `rho` is the first weight."""

    tol: float = 1e-8
    steps: int = 100
    inner: Solver = field(default_factory=Newton)
    rho: float = 10.0

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """With multipliers 0, if the start has none. Memory: the weight, and the violation that is to fall."""
        z = problem.extended(z, args)
        memory = (jnp.asarray(self.rho, z.dtype), jnp.asarray(jnp.inf, z.dtype))
        return state(problem, z, args, memory)

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One minimisation, and new multipliers."""
        x, nu, lam = problem.split(now.z, args)
        rho, before = now.memory
        penalised = Minimise(_Penalised(problem), problem.size, _curried(problem.prox), _curried(problem.nonsmooth))
        # by the implicit rule, so that a step can be differentiated though the inner solver is a loop
        x = Implicit().solve(penalised, self.inner, x, (args, nu, lam, rho, x)).z
        equality, inequality = problem.constraints(x, args)
        nu, lam = nu + rho * equality, jnp.maximum(lam + rho * inequality, 0.0)
        z = jnp.concatenate([x, nu, lam])
        unpaired = jnp.max(jnp.abs(jnp.minimum(lam, -inequality)), initial=0.0)
        violation = jnp.maximum(problem.violation(x, args), unpaired)
        # a weight turns the rounding of the constraints into forces: it falls where nothing but rounding is left
        rounding = 16 * unit(x) * (1 + jnp.max(jnp.abs(x), initial=0.0))
        larger = jnp.minimum(10 * rho, unit(x) ** -0.4)
        grown = jnp.where(violation <= 0.25 * before, rho, larger)
        grown = jnp.where(violation <= rounding, jnp.maximum(rho / 4, 1.0), grown)
        status = jnp.where(infeasible(problem, z, args), Status.INFEASIBLE, Status.CONVERGED)
        return state(problem, z, args, jax.lax.stop_gradient((grown, violation)), status)


@dataclass(frozen=True)
class _Penalised:
    """The augmented Lagrangian; args are (the problem's, nu, lam, rho, the last x)."""

    problem: Minimise

    def __call__(self, x: jax.Array, args: Any) -> jax.Array:
        own, nu, lam, rho, last = args
        equality, inequality = self.problem.constraints(x, own)
        pushed = jnp.maximum(lam + rho * inequality, 0.0)
        moved = x - last
        penalty = nu @ equality + rho / 2 * (equality @ equality) + (pushed @ pushed + moved @ moved) / (2 * rho)
        value: jax.Array = self.problem.objective(x, own) + penalty
        return value


def _curried(function: Any) -> Any:
    """A function of the problem's args as one of those of `_Penalised`."""
    return None if function is None else lambda *given: function(*given[:-1], given[-1][0])
