"""Derivatives of recorded steps: through all of them forward, or in reverse. The sizes of the steps are constants."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.trajectory import Field, Integrator, Record


def forward(
    field: Field, integrator: Integrator, record: Record, times: jax.Array, args: Any, dstart: jax.Array,
    dtheta: jax.Array,
) -> jax.Array:
    """The tangents of the states [T, n] from those of the start and of theta."""
    theta, others = args

    def step(j: jax.Array, ds: jax.Array) -> jax.Array:
        t0, t1 = record.times[j], record.times[j + 1]
        ahead: jax.Array = jax.jvp(
            lambda s, th: integrator.advance(field, t0, t1, s, (th, others)), (record.states[j], theta), (ds, dtheta)
        )[1]
        return ahead

    def interval(carry: tuple[jax.Array, jax.Array], k: Any) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
        place, t = k
        j, ds = jax.lax.while_loop(lambda c: c[0] < place, lambda c: (c[0] + 1, step(*c)), carry)
        t0, t1 = record.times[j], record.times[j + 1]
        out = jax.jvp(
            lambda s, th: integrator.read(field, t0, t1, s, (th, others), t), (record.states[j], theta), (ds, dtheta)
        )[1]
        return (j, ds), out

    lifted = jax.jvp(integrator.lift, (dstart,), (dstart,))[1]
    first = (jnp.zeros((), record.place.dtype), lifted)
    _, out = jax.lax.scan(interval, first, (record.place[1:], times[1:]))
    return jnp.concatenate([dstart[None], out])


def backward(
    field: Field, integrator: Integrator, record: Record, times: jax.Array, args: Any, weights: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """The transpose: of weights [T, n], those of the start and of theta."""
    theta, others = args

    def back(carry: Any) -> Any:
        j, ws, wtheta = carry
        t0, t1 = record.times[j - 1], record.times[j]
        _, pull = jax.vjp(
            lambda s, th: integrator.advance(field, t0, t1, s, (th, others)), record.states[j - 1], theta
        )
        more, more_theta = pull(ws)
        return j - 1, more, wtheta + more_theta

    def interval(carry: Any, k: Any) -> tuple[Any, None]:
        place, t, weight = k
        j, ws, wtheta = jax.lax.while_loop(lambda c: c[0] > place, back, carry)
        t0, t1 = record.times[j], record.times[j + 1]
        _, pull = jax.vjp(lambda s, th: integrator.read(field, t0, t1, s, (th, others), t), record.states[j], theta)
        more, more_theta = pull(weight)
        return (j, ws + more, wtheta + more_theta), None

    last = record.place[-1]
    carry = (last, jnp.zeros_like(record.states[0]), jnp.zeros_like(theta))
    carry, _ = jax.lax.scan(interval, carry, (record.place[1:], times[1:], weights[1:]), reverse=True)
    _, ws, wtheta = jax.lax.while_loop(lambda c: c[0] > 0, back, carry)
    return drop(integrator, ws, weights.shape[1]) + weights[0], wtheta


def drop(integrator: Integrator, ws: jax.Array, size: int) -> jax.Array:
    """The transpose of `lift`."""
    start = jax.ShapeDtypeStruct((size,), ws.dtype)  # type: ignore[no-untyped-call]
    (found,) = jax.linear_transpose(integrator.lift, start)(ws)
    return jnp.asarray(found)
