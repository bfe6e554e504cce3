"""The derivative of what is computed, as by `discrete`, without a record: the steps are undone one after another. For
`reversible_heun` (Kidger, Foster, Li and Lyons 2021).

Memory does not grow with the number of steps. What was computed is recovered up to rounding, which grows with the
number of steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.fixed import step_end
from pushforward.runtime.integrators.reversible_heun import ReversibleHeun
from pushforward.runtime.integrators.rules.linear_map import linear_map
from pushforward.runtime.integrators.sweep import drop
from pushforward.runtime.integrators.trajectory import Field, Integrator, Trajectory


@dataclass(frozen=True)
class Reversible:
    """No settings."""

    def tangent(
        self, field: Field, integrator: Integrator, start: jax.Array, times: jax.Array, args: Any, dstart: jax.Array,
        dtheta: jax.Array,
    ) -> tuple[Trajectory, jax.Array]:  # fmt: skip
        """The trajectory, and the tangent of its states."""
        if not isinstance(integrator, ReversibleHeun):
            name = type(integrator).__name__
            raise TypeError(f"`reversible` undoes the steps of `reversible_heun`; {name} has no step back")
        trajectory, last = integrator.last(field, start, times, args)
        theta, others = args

        def forward(x: Any) -> jax.Array:
            tangent: jax.Array = jax.jvp(
                lambda y, th: integrator.run(field, y, times, (th, others)).states, (start, theta), x
            )[1]
            return tangent

        def backward(weights: jax.Array) -> Any:
            return _undone(field, integrator, last, times, args, weights)

        states: jax.Array = linear_map(forward, backward, (dstart, dtheta))
        return trajectory, states


def _undone(
    field: Field, integrator: ReversibleHeun, last: jax.Array, times: jax.Array, args: Any, weights: jax.Array
) -> tuple[jax.Array, jax.Array]:
    theta, others = args
    size = weights.shape[1]

    def interval(carry: Any, k: Any) -> tuple[Any, None]:
        t0, t1, count, weight = k
        h = (t1 - t0) / count
        state, ws, wtheta = carry

        def undo(j: Any, now: Any) -> Any:
            state, ws, wtheta = now
            i = count - 1 - j
            begin, end = t0 + i * h, step_end(t0, t1, h, count, i)
            state = integrator.retreat(field, begin, end, state, args)
            _, pull = jax.vjp(lambda s, th: integrator.advance(field, begin, end, s, (th, others)), state, theta)
            ws, more = pull(ws)
            return state, ws, wtheta + more

        ws = ws + jnp.pad(weight, (0, ws.size - size))
        return jax.lax.fori_loop(0, count, undo, (state, ws, wtheta)), None

    along = (times[:-1], times[1:], integrator.grid(times)[1:], weights[1:])
    carry = (last, jnp.zeros_like(last), jnp.zeros_like(theta))
    (_, ws, wtheta), _ = jax.lax.scan(interval, carry, along, reverse=True)
    return drop(integrator, ws, size) + weights[0], wtheta
