"""The derivative of the solution of the equation, by a second equation that is solved backwards in time.

    x' = f(t, x, a)      w' = -w df/dx,   g' = -w df/da     from the last time to the first

(Pontryagin et al. 1962; Chen et al. 2018, "Neural ordinary differential equations"). No step is recorded: memory is
that of the states
at the times asked for, from which the solution is followed back anew between each two of them. It is NOT the
derivative of the
numbers that were computed: it is off by the errors of both solutions, and where the equation forgets its past (decay,
stiffness)
following it back is unstable: between two times far apart in units of the decay it is wrong. Forward, the variational
equation
x' = f, v' = df/dx v + df/da da is solved with the same integrator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.rules.linear_map import linear_map
from pushforward.runtime.integrators.trajectory import Field, Integrator, Trajectory


@dataclass(frozen=True)
class Backsolve:
    """No settings: the integrator and its tolerances are those of the integration."""

    def tangent(
        self, field: Field, integrator: Integrator, start: jax.Array, times: jax.Array, args: Any, dstart: jax.Array,
        dtheta: jax.Array,
    ) -> tuple[Trajectory, jax.Array]:  # fmt: skip
        """The trajectory, and the tangent of its states."""
        trajectory = integrator.run(field, start, times, args)
        states: jax.Array = linear_map(
            lambda x: _variational(field, integrator, start, times, args, *x),
            lambda w: _adjoint(field, integrator, trajectory.states, times, args, w),
            (dstart, dtheta),
        )
        return trajectory, states


def _variational(
    field: Field, integrator: Integrator, start: jax.Array, times: jax.Array, args: Any, dstart: jax.Array,
    dtheta: jax.Array,
) -> jax.Array:  # fmt: skip
    n, p = start.size, dtheta.size
    _, others = args

    def both(t: Any, z: jax.Array, a: Any) -> jax.Array:
        theta, direction = a[0][:p], a[0][p:]
        slope, dslope = jax.jvp(lambda y, th: field(t, y, (th, others)), (z[:n], theta), (z[n:], direction))
        return jnp.concatenate([slope, dslope])

    joined = (jnp.concatenate([args[0], dtheta]), others)
    found = integrator.run(both, jnp.concatenate([start, dstart]), times, joined)
    return found.states[:, n:]


def _adjoint(
    field: Field, integrator: Integrator, states: jax.Array, times: jax.Array, args: Any, weights: jax.Array
) -> tuple[jax.Array, jax.Array]:
    n = states.shape[1]

    def reversed_field(s: Any, z: jax.Array, a: Any) -> jax.Array:
        theta, others = a
        slope, pull = jax.vjp(lambda y, th: field(-s, y, (th, others)), z[:n], theta)
        w, g = pull(z[n : 2 * n])
        return jnp.concatenate([-slope, w, g])

    def interval(carry: tuple[jax.Array, jax.Array], k: Any) -> tuple[tuple[jax.Array, jax.Array], None]:
        w, g = carry
        state, weight, t0, t1 = k
        begin = jnp.concatenate([state, w + weight, g])
        end = integrator.run(reversed_field, begin, jnp.stack([-t1, -t0]), args).states[-1]
        return (end[n : 2 * n], end[2 * n :]), None

    zero = (jnp.zeros_like(weights[0]), jnp.zeros_like(args[0]))
    along = (states[1:], weights[1:], times[:-1], times[1:])
    (w, g), _ = jax.lax.scan(interval, zero, along, reverse=True)
    return w + weights[0], g
