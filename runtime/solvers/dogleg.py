"""Powell's dogleg, for sums of squares and for equations (Powell 1970; Nocedal and Wright 2006, sections 4.1 and 11.2).

    z <- z + d if |r|^2 falls,   d on the path 0 -> c -> n where it leaves the ball |d| <= R

n = argmin |r + J d| is Gauss and Newton's step, c = -(|g|^2 / |J g|^2) g, g = J'r, that of steepest descent. R is
doubled where d reached it and the fall is at least 3/4 of what the linear model predicts, divided by 4 where it is
less than 1/4. Where J has not full rank n is taken to be c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State
from pushforward.runtime.solvers.problem import Problem
from pushforward.runtime.solvers.residuals import Linearised, attempt, chosen, least_squares, linearised, state
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """r and J at z, and R."""

    linear: Linearised
    radius: jax.Array


@dataclass(frozen=True)
class Dogleg:
    """A step is one Jacobian [m, n] and m n^2 time. `radius` is R at first."""

    tol: float = 1e-8
    steps: int = 500
    radius: float = 1.0

    def init(self, problem: Problem, z: jax.Array, args: Any) -> State:
        """The state at the start, with r and J there."""
        now = linearised(problem, z, args)
        return state(problem, z, now, Memory(now, jnp.full((), self.radius, z.dtype)), Status.CONVERGED)

    def step(self, problem: Problem, now: State, args: Any) -> State:
        """One step, taken or refused."""
        linear, radius = now.memory
        direction = _path(linear, radius)
        trial = attempt(problem, now.z, linear, direction, args)
        z = jnp.where(trial.taken, now.z + direction, now.z)
        reached = direction @ direction > 0.99 * radius**2
        factor = jnp.where(trial.badly, 0.25, jnp.where(reached & trial.well, 2.0, 1.0))
        radius = factor.astype(radius.dtype) * radius
        lost = radius <= unit(z) * jnp.maximum(jnp.max(jnp.abs(z), initial=0.0), self.radius)
        status = jnp.where(~trial.taken & lost, Status.STALLED, Status.CONVERGED)
        linear = chosen(trial.taken, trial.linear, linear)
        return state(problem, z, linear, Memory(linear, radius), status)


def _path(linear: Linearised, radius: jax.Array) -> jax.Array:
    """d. Every division is guarded, for the branches that are not taken are computed as well."""
    gradient = linear.gradient
    image = linear.jacobian @ gradient
    bend = image @ image
    cauchy = -jnp.where(bend > 0, (gradient @ gradient) / jnp.where(bend > 0, bend, 1.0), 0.0) * gradient
    newton = -least_squares(linear.jacobian, linear.value)
    newton = jnp.where(jnp.all(jnp.isfinite(newton)), newton, cauchy)
    short = cauchy @ cauchy
    outside = short >= radius**2
    shortened = cauchy * radius * jax.lax.rsqrt(jnp.where(outside & (short > 0), short, 1.0))
    leg = newton - cauchy
    within = ~outside & (newton @ newton > radius**2)
    a, b, c = leg @ leg, leg @ cauchy, short - radius**2
    root = jnp.sqrt(jnp.where(within, b**2 - a * c, 1.0))
    # of the two ways to write the larger solution of a t^2 + 2 b t + c = 0, those without cancellation
    safe = jnp.where(within, a, 1.0)
    t = jnp.where(b > 0, -c / jnp.where(within & (b > 0), b + root, 1.0), (root - b) / safe)
    return jnp.where(outside, shortened, jnp.where(within, cauchy + t * leg, newton))
