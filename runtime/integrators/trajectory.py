"""What came of an integration, the record of its steps, and what an integrator is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeAlias

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.solution import Status

#: (time, vector [n], args) -> derivative [n]
Field: TypeAlias = Callable[[Any, jax.Array, Any], jax.Array]


class Trajectory(NamedTuple):
    """`states` [T, n]: NaN at the times that were not reached. `error`: the largest estimate of the local error of
    a step
    that was accepted, in units of the tolerance; NaN of an integrator that has none. `steps`: those that were tried.
    """

    states: jax.Array
    status: jax.Array
    error: jax.Array
    steps: jax.Array

    def report(self) -> jax.Array:
        """[status, error, steps], in the type of the states; it has no derivative."""
        parts = (self.status, self.error, self.steps)
        return jax.lax.stop_gradient(jnp.stack([p.astype(self.states.dtype) for p in parts]))


class Record(NamedTuple):
    """The steps that were accepted: step i goes from `times[i]` and `states[i]` to `times[i + 1]`. What was asked
    for at
    the k-th time is read (`read`) at the step that begins at index `place[k]`. Rows after the last step mean nothing.
    """

    times: jax.Array
    states: jax.Array
    place: jax.Array


class Integrator(Protocol):
    """Frozen, hashable. Its own state is a vector [m], which begins with that of the field.

    run      the states at all times
    record   the same, with the steps; these have derivatives forward, not in reverse
    advance  one step: the next own state, differentiable in `state` and `args` in both directions
    read     the state of the field at `t` inside a step, differentiable likewise
    """

    def run(self, field: Field, start: jax.Array, times: jax.Array, args: Any) -> Trajectory: ...
    def record(self, field: Field, start: jax.Array, times: jax.Array, args: Any) -> tuple[Trajectory, Record]: ...
    def lift(self, start: jax.Array) -> jax.Array: ...
    def advance(self, field: Field, t0: Any, t1: Any, state: jax.Array, args: Any) -> jax.Array: ...
    def read(self, field: Field, t0: Any, t1: Any, state: jax.Array, args: Any, t: Any) -> jax.Array: ...


_SENTENCES = {
    Status.CONVERGED: "every time was reached",
    Status.STEPS: "the steps were used up before the last time was reached: give more `steps`, a larger tolerance "
    "or `dt`, or, if the equation is stiff, an implicit integrator such as `kvaerno5`",
    Status.NOT_FINITE: "the state or the field is not finite: the solution blows up, or leaves the domain",
    Status.STALLED: "the steps became as small as rounding or `dtmin` allows: the solution has a singularity",
    Status.INFEASIBLE: "the times do not increase",
}


def sentence(status: Status) -> str:
    """How an integration ended, and what to do, for a user."""
    return _SENTENCES.get(status, status.sentence)
