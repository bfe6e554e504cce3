"""The loop of the integrators that choose their steps so that the local error stays within a tolerance.

    ratio = rms(error / (atol + rtol max(|y0|, |y1|)));   accepted if ratio <= 1
    h <- h min(10, max(0.2, 0.9 ratio^(-1/order)))

(Hairer, Norsett and Wanner 1993, section II.4, whose first step is used as well). States between the ends of steps
come from the
interpolant of the method. The sizes of the steps are constants for derivatives.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.loop import loop, recording_loop
from pushforward.runtime.integrators.trajectory import Field, Record, Trajectory
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Step(NamedTuple):
    """One step: where it ends, the error estimate, the field at its end, what the interpolant needs."""

    end: jax.Array
    error: jax.Array
    slope: jax.Array
    dense: Any


class Now(NamedTuple):
    """`last` is the time at which the latest accepted step began, `dense` its interpolant; `h` the step to try next."""

    last: jax.Array
    dense: Any
    t: jax.Array
    y: jax.Array
    slope: jax.Array
    h: jax.Array
    grow: jax.Array
    tried: jax.Array
    taken: jax.Array
    error: jax.Array
    status: jax.Array


class Adaptive(ABC):
    """What the integrators with error estimates share. They have the fields rtol, atol, steps and dtmin."""

    rtol: float
    atol: float
    steps: int
    dtmin: float
    order: int

    @abstractmethod
    def step(
        self, field: Field, t0: Any, t1: Any, y: jax.Array, args: Any, slope: jax.Array | None = None
    ) -> Step:
        """One step from t0 to t1. `slope`: the field at (t0, y), if known."""

    @abstractmethod
    def interpolate(self, t0: Any, t1: Any, dense: Any, t: Any) -> jax.Array:
        """The state at t, inside a step."""

    def lift(self, start: jax.Array) -> jax.Array:
        """The own state is that of the field."""
        return start

    def advance(self, field: Field, t0: Any, t1: Any, state: jax.Array, args: Any) -> jax.Array:
        """The end of a step."""
        return self.step(field, t0, t1, state, args).end

    def read(self, field: Field, t0: Any, t1: Any, state: jax.Array, args: Any, t: Any) -> jax.Array:
        """The interpolant of a step, at t."""
        return self.interpolate(t0, t1, self.step(field, t0, t1, state, args).dense, t)

    def run(self, field: Field, start: jax.Array, times: jax.Array, args: Any) -> Trajectory:
        """The states at all times."""
        return self._run(field, start, times, args, None)[0]

    def record(self, field: Field, start: jax.Array, times: jax.Array, args: Any) -> tuple[Trajectory, Record]:
        """The states at all times, and the steps."""
        rows = self.steps + 1
        empty = (
            jnp.full((rows,), times[0]),
            jnp.zeros((rows, start.size), start.dtype).at[0].set(start),
        )
        trajectory, place, written = self._run(field, start, times, args, empty)
        return trajectory, Record(written[0], written[1], place)

    def _run(
        self, field: Field, start: jax.Array, times: jax.Array, args: Any, record: Any
    ) -> tuple[Trajectory, jax.Array, Any]:
        final = times[-1]

        def interval(carry: tuple[Now, Any], t: jax.Array) -> tuple[tuple[Now, Any], Any]:
            now, rows = carry

            def going(now: Now) -> jax.Array:
                return (now.t < t) & (now.status == Status.CONVERGED)

            def body(now: Now) -> Now:
                return self._attempt(field, now, final, args)

            def recorded(now: Now) -> tuple[Now, jax.Array, Any]:
                after = body(now)
                # a step that was rejected writes again what is there
                return after, after.taken, (after.t, after.y)

            if rows is None:
                now = loop(going, body, now)
            else:
                now, rows = recording_loop(going, recorded, now, rows)
            there = (now.t >= t) & (now.status == Status.CONVERGED)
            state = self.interpolate(now.last, now.t, now.dense, t)
            state = jnp.where(there, state, jnp.nan)
            return (now, rows), (state, jnp.maximum(now.taken - 1, 0))

        first = (self._first(field, start, times, args), record)
        (now, rows), (states, place) = jax.lax.scan(interval, first, times[1:])
        states = jnp.concatenate([start[None], states])
        place = jnp.concatenate([jnp.zeros(1, place.dtype), place])
        return Trajectory(states, now.status, now.error, now.tried), place, rows

    def _first(self, field: Field, start: jax.Array, times: jax.Array, args: Any) -> Now:
        slope = field(times[0], start, args)
        shape = jax.eval_shape(lambda: self.step(field, times[0], times[-1], start, args, slope).dense)
        dense = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shape)
        zero = jnp.zeros((), start.dtype)
        count = jnp.asarray(0, jnp.int32)
        bad = ~jnp.all(jnp.isfinite(start)) | ~jnp.all(jnp.isfinite(slope))
        status = jnp.where(bad, Status.NOT_FINITE, Status.CONVERGED)
        status = jnp.where(jnp.all(times[1:] > times[:-1]), status, Status.INFEASIBLE).astype(jnp.int32)
        h = jax.lax.stop_gradient(self._first_step(field, start, slope, times, args))
        return Now(times[0], dense, times[0], start, slope, h, jnp.asarray(True), count, count, zero, status)

    def _first_step(
        self, field: Field, y: jax.Array, slope: jax.Array, times: jax.Array, args: Any
    ) -> jax.Array:
        """Hairer, Norsett and Wanner, algorithm 4.14 of chapter II."""
        scale = self.atol + self.rtol * jnp.abs(y)
        d0, d1 = _rms(y / scale), _rms(slope / scale)
        small = (d0 < 1e-5) | (d1 < 1e-5)
        h0 = jnp.where(small, 1e-6, 0.01 * d0 / jnp.where(small, 1.0, d1))
        h0 = jnp.minimum(h0, times[-1] - times[0])
        d2 = _rms((field(times[0] + h0, y + h0 * slope, args) - slope) / scale) / h0
        largest = jnp.maximum(d1, d2)
        flat = largest <= 1e-15
        h1 = (0.01 / jnp.where(flat, 1.0, largest)) ** (1 / self.order)
        h1 = jnp.where(flat, jnp.maximum(1e-6, h0 * 1e-3), h1)
        h = jnp.minimum(100 * h0, h1)
        return jnp.where(jnp.isfinite(h) & (h > 0), jnp.maximum(h, self.dtmin), h0)

    def _attempt(self, field: Field, now: Now, final: jax.Array, args: Any) -> Now:
        ends = now.t + 1.01 * now.h >= final
        t1 = jnp.where(ends, final, now.t + now.h)
        step = self.step(field, now.t, t1, now.y, args, now.slope)
        scale = self.atol + self.rtol * jnp.maximum(jnp.abs(now.y), jnp.abs(step.end))
        ratio = jax.lax.stop_gradient(_rms(step.error / scale))
        finite = jnp.isfinite(ratio) & jnp.all(jnp.isfinite(step.slope))
        taken = finite & (ratio <= 1)
        factor = 0.9 * jnp.maximum(ratio, 1e-10) ** (-1 / self.order)
        factor = jnp.clip(factor, 0.2, jnp.where(now.grow, 10.0, 1.0))
        h = (t1 - now.t) * jnp.where(finite, factor, 0.2)
        # after the last, shortened step nothing follows
        scale = jnp.maximum(jnp.abs(now.t), jnp.abs(final - now.t))
        least = jnp.maximum(self.dtmin, 4 * unit(now.y) * scale)
        stuck = ~taken & (h < least)
        status = jnp.where(stuck, jnp.where(finite, Status.STALLED, Status.NOT_FINITE), now.status)
        tried = now.tried + 1
        out = (tried >= self.steps) & ~(taken & (t1 >= final)) & (status == Status.CONVERGED)
        status = jnp.where(out, Status.STEPS, status).astype(jnp.int32)

        def either(new: Any, old: Any) -> Any:
            return jax.tree.map(lambda a, b: jnp.where(taken, a, b), new, old)

        last, dense, t, y, slope = either(
            (now.t, step.dense, t1, step.end, step.slope), (now.last, now.dense, now.t, now.y, now.slope)
        )
        error = jnp.where(taken, jnp.maximum(now.error, ratio), now.error)
        return Now(last, dense, t, y, slope, h, taken, tried, now.taken + taken, error, status)


def _rms(x: jax.Array) -> jax.Array:
    """Its derivative is not asked for; at 0 it would not exist."""
    return jnp.sqrt(jnp.mean(jax.lax.stop_gradient(x) ** 2)) if x.size else jnp.zeros((), x.dtype)
