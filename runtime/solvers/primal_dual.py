"""The primal-dual hybrid gradient method (Chambolle and Pock 2011), in the form for payoffs that need not be bilinear
(Hamedani and Aybat 2021, "A primal-dual algorithm with line search for general convex-concave saddle point problems").

    y <- prox(y + r t (2 dy f(x, y) - dy f(x before, y before))),   x <- prox(x - t dx f(x, y new))

t begins at `step_size`, is halved, for good, until t max(r, 1) |F(z) - F(z before)| <= 0.5 |z - z before|.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State
from pushforward.runtime.solvers.problem import Saddle
from pushforward.runtime.solvers.variational import resolved, short_enough, shortened, state


class Memory(NamedTuple):
    """The field at z, that of y at the point before, and t."""

    field: jax.Array
    before: jax.Array
    t: jax.Array


@dataclass(frozen=True)
class PrimalDual:
    """A step is two fields. `ratio` is r."""

    tol: float = 1e-8
    steps: int = 20000
    step_size: float = 1.0
    ratio: float = 1.0

    def init(self, problem: Saddle, z: jax.Array, args: Any) -> State:
        """The state at the start: the point before is the same."""
        field = problem.field(z, args)
        t = short_enough(problem, z, field, jnp.full((), self.step_size, z.dtype), self._share(), args)
        return state(problem, z, field, args, Memory(field, field[problem.split :], t))

    def _share(self) -> float:
        return 0.5 / max(self.ratio, 1.0)

    def step(self, problem: Saddle, now: State, args: Any) -> State:
        """One step. The prox acts on x and on y apart."""
        field, before, t = now.memory
        n, u = problem.split, self.ratio * t
        climb = 2 * field[n:] - before
        most = resolved(problem, now.z - u * jnp.concatenate([field[:n], climb]), u, args)[n:]
        partly = problem.field(jnp.concatenate([now.z[:n], most]), args)
        least = resolved(problem, now.z - t * partly, t, args)[:n]
        z = jnp.concatenate([least, most])
        following = problem.field(z, args)
        t = shortened(t, self._share(), z - now.z, following - field)
        return state(problem, z, following, args, Memory(following, field[n:], t))
