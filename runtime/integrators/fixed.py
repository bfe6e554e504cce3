"""The loop of the integrators whose steps are given: the time between two of the times asked for is divided into the
fewest
equal steps that are not longer than `dt`, so that no state is interpolated.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.trajectory import Field, Record, Trajectory
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Fixed(ABC):
    """What the integrators with given steps share. They have the fields dt and steps."""

    dt: float
    steps: int

    def lift(self, start: jax.Array) -> jax.Array:
        """The own state is that of the field, unless a method says otherwise."""
        return start

    @abstractmethod
    def advance(self, field: Field, t0: Any, t1: Any, state: jax.Array, args: Any) -> jax.Array:
        """The end of a step."""

    def read(self, field: Field, t0: Any, t1: Any, state: jax.Array, args: Any, t: Any) -> jax.Array:
        """Times asked for are ends of steps: the state of the field itself."""
        return state[: state.size // self.lift(jnp.zeros(1)).size]

    def grid(self, times: jax.Array) -> jax.Array:
        """How many steps lead to each of the times [T]; of the first, 0."""
        gaps = jnp.diff(times)
        # a gap that is a multiple of dt but for rounding takes no step more
        counts = jnp.ceil(gaps / self.dt * (1 - 64 * unit(times))).astype(jnp.int32)
        return jnp.concatenate([jnp.zeros(1, jnp.int32), jnp.maximum(counts, 1)])

    def run(self, field: Field, start: jax.Array, times: jax.Array, args: Any) -> Trajectory:
        """The states at all times."""
        return self._run(field, start, times, args, None)[0]

    def last(self, field: Field, start: jax.Array, times: jax.Array, args: Any) -> tuple[Trajectory, jax.Array]:
        """The states at all times, and the own state at the last."""
        trajectory, _, state = self._run(field, start, times, args, None)
        return trajectory, state

    def record(self, field: Field, start: jax.Array, times: jax.Array, args: Any) -> tuple[Trajectory, Record]:
        """The states at all times, and the steps."""
        state = self.lift(start)
        rows = self.most(times) + 1
        empty = (jnp.full((rows,), times[0]), jnp.zeros((rows, state.size), state.dtype).at[0].set(state))
        trajectory, written, _ = self._run(field, start, times, args, empty)
        place = jnp.minimum(jnp.cumsum(self.grid(times)), rows - 1)
        return trajectory, Record(written[0], written[1], place)

    def most(self, times: jax.Array) -> int:
        """A bound on the number of steps: what it is where the times are known, else `steps`."""
        if isinstance(times, jax.core.Tracer):
            return self.steps
        return min(self.steps, int(jnp.sum(self.grid(times))))

    def _run(
        self, field: Field, start: jax.Array, times: jax.Array, args: Any, record: Any
    ) -> tuple[Trajectory, Any, jax.Array]:
        counts = self.grid(times)
        before = jnp.cumsum(counts) - counts

        def interval(carry: tuple[jax.Array, Any], inputs: Any) -> tuple[tuple[jax.Array, Any], jax.Array]:
            t0, t1, count, done = inputs
            h = (t1 - t0) / count

            def body(i: Any, now: tuple[jax.Array, Any]) -> tuple[jax.Array, Any]:
                state, rows = now
                end = step_end(t0, t1, h, count, i)
                state = self.advance(field, t0 + i * h, end, state, args)
                if rows is not None:
                    rows = (rows[0].at[done + i + 1].set(end), rows[1].at[done + i + 1].set(state))
                return state, rows

            stop = jnp.clip(self.steps - done, 0, count)
            state, rows = jax.lax.fori_loop(0, stop, body, carry)
            reached = self.read(field, t1, t1, state, args, t1)
            return (state, rows), jnp.where(stop == count, reached, jnp.nan)

        inputs = (times[:-1], times[1:], counts[1:], before[1:])
        (state, rows), states = jax.lax.scan(interval, (self.lift(start), record), inputs)
        states = jnp.concatenate([start[None], states])
        total = jnp.sum(counts)
        status = jnp.where(jnp.all(jnp.isfinite(states)), Status.CONVERGED, Status.NOT_FINITE)
        status = jnp.where(total > self.steps, Status.STEPS, status)
        status = jnp.where(jnp.all(times[1:] > times[:-1]), status, Status.INFEASIBLE).astype(jnp.int32)
        taken = jnp.minimum(total, self.steps).astype(jnp.int32)
        return Trajectory(states, status, jnp.full((), jnp.nan, start.dtype), taken), rows, state


def step_end(t0: Any, t1: Any, h: Any, count: Any, i: Any) -> jax.Array:
    """The end of step i of `count` from t0 to t1; the last ends at t1 exactly."""
    return jnp.where(i + 1 == count, t1, t0 + (i + 1) * h)
