"""Accelerated proximal gradient (Beck and Teboulle 2009, FISTA) with backtracking, restarted where the momentum
points uphill (O'Donoghue and Candes 2015, the gradient scheme).

    x+ = prox(y - t g(y), t),   y = x+ + momentum (x+ - x)

A step t is small enough if (g(x+) - g(y))'(x+ - y) <= |x+ - y|^2 / t, which for a quadratic is the usual descent
condition, and does not drown in the rounding of the objective.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.known import known
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Momentum(NamedTuple):
    """The point where the next step begins, the step, Nesterov's number, 1 after a restart, and the gradients at that
    point and at z."""

    y: jax.Array
    t: jax.Array
    theta: jax.Array
    at_y: jax.Array
    at_z: jax.Array


@dataclass(frozen=True)
class ProximalGradient:
    """`first` is the step tried first, `growth` what a step is multiplied by before the next; `accelerate` off: no
    momentum. Without a proximal operator it is accelerated gradient descent."""

    tol: float = 1e-8
    steps: int = 10_000
    first: float = 1.0
    growth: float = 1.1
    accelerate: bool = True
    halvings: int = 60

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """At the start, moved into the domain."""
        z = z if problem.prox is None else problem.prox(z, 1e-3 if problem.nonsmooth is not None else 1.0, args)
        one, gradient = jnp.ones((), z.dtype), jax.grad(problem.objective)(z, args)
        memory = Momentum(z, self.first * one, one, gradient, gradient)
        return State(z, _residual(problem, z, gradient, args), jnp.asarray(Status.CONVERGED, jnp.int32), memory)

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One step: one gradient if the step is short enough at once and the loss is known to be quadratic, else two or
        more."""
        y, t, theta, at_y, before = now.memory
        slope = jax.grad(problem.objective)
        t, ahead, good = self._short(problem, y, t, at_y, args)
        x = _forward(problem, y, t, at_y, args)
        at_x = known(slope, ahead, x, args)
        uphill = (y - x) @ (x - now.z) > 0
        theta = jnp.where(uphill, 1.0, theta) if self.accelerate else jnp.ones_like(theta)
        following = (1 + jnp.sqrt(1 + 4 * theta**2)) / 2
        momentum = jnp.where(uphill | (not self.accelerate), 0.0, (theta - 1) / following)
        y = x + momentum * (x - now.z)
        # the gradient of a quadratic is affine
        at_y = at_x + momentum * (at_x - before) if problem.quadratic else slope(y, args)
        status = jnp.where(good, Status.CONVERGED, Status.STALLED).astype(jnp.int32)
        return State(x, _residual(problem, x, at_x, args), status, Momentum(y, t, following, at_y, at_x))

    def _short(
        self, problem: Minimise, y: jax.Array, t: jax.Array, gradient: jax.Array, args: Any
    ) -> tuple[jax.Array, jax.Array, jax.Array]:
        """A step that is small enough, the gradient behind it, and whether there is one; without a derivative."""
        y, t, gradient, args = jax.lax.stop_gradient((y, t, gradient, args))

        def trial(now: _Trial) -> _Trial:
            d = _forward(problem, y, now.t, gradient, args) - y
            ahead = jax.grad(problem.objective)(y + d, args)
            noise = 8 * unit(y) * jnp.sqrt(jnp.sum(gradient**2) * jnp.sum(d**2))
            short = (ahead - gradient) @ d <= jnp.sum(d**2) / now.t + noise
            return _Trial(jnp.where(short, now.t, now.t / 2), now.n + 1, short, ahead)

        begun = _Trial(t * self.growth, jnp.asarray(0), jnp.zeros((), bool), gradient)
        # the first trial, which is nearly always the last, stands before the loop
        last = jax.lax.while_loop(lambda now: ~now.short & (now.n <= self.halvings), trial, trial(begun))
        return jax.lax.stop_gradient((last.t, last.ahead, last.short))


class _Trial(NamedTuple):
    t: jax.Array
    n: jax.Array
    short: jax.Array
    ahead: jax.Array


def _forward(problem: Minimise, y: jax.Array, t: jax.Array, gradient: jax.Array, args: Any) -> jax.Array:
    moved = y - t * gradient
    return moved if problem.prox is None else problem.prox(moved, t, args)


def _residual(problem: Minimise, z: jax.Array, gradient: jax.Array, args: Any) -> jax.Array:
    """That of `problem.optimality`, whose gradient is known."""
    return size(gradient if problem.prox is None else z - problem.prox(z - gradient, 1.0, args))
