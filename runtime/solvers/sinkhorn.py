"""Sinkhorn's iteration (Sinkhorn 1964; Cuturi 2013) in logarithms, with a schedule of temperatures.

f and g are made best for one another in turns. `decay` < 1 begins at the temperature of the spread of the costs, and
takes a turn at each of those from there down to that of the problem, each `decay` times the one before (Schmitzer 2019,
"Stabilized sparse scaling algorithms", section 3.2): f is then near when the temperature is reached. At 1 it begins at
the problem's own. `relaxation` > 1 goes further than the best f (Thibault, Chizat, Dossal and Papadakis 2021); 2 is too
far. A step is one pass over the table. The residual is the largest error of a row sum; the column sums are always
right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.entropic import Entropic, centred, entropic_of, gradient, half, updated
from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """The temperature of this step, and the logarithms of the row sums at z."""

    eps: jax.Array
    log_rows: jax.Array


@dataclass(frozen=True)
class Sinkhorn:
    """See the file."""

    tol: float = 1e-10
    steps: int = 10_000
    decay: float = 0.9
    relaxation: float = 1.0

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """At the first temperature."""
        t = entropic_of(problem, z, args)
        spread = jnp.max(t.C) - jnp.min(t.C)
        eps = jnp.maximum(t.eps, spread) if self.decay < 1 else t.eps
        return _state(t, centred(t, z), jax.lax.stop_gradient(eps) if self.decay < 1 else eps)

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One turn, at the present temperature, and the row sums at the next."""
        t = entropic_of(problem, now.z, args)
        best = updated(t, now.z, now.memory.log_rows, now.memory.eps)
        hot = now.memory.eps > t.eps
        f = jnp.where(hot, best, centred(t, now.z + self.relaxation * (best - now.z)))
        return _state(t, f, jnp.where(hot, jnp.maximum(t.eps, self.decay * now.memory.eps), t.eps))


def _state(t: Entropic, f: jax.Array, eps: jax.Array) -> State:
    log_rows = half(t, f, eps).log_rows
    residual = size(gradient(t, f, log_rows)) + jnp.where(eps > t.eps, 1.0, 0.0)
    status = jnp.where(t.balanced, Status.CONVERGED, Status.INFEASIBLE)
    return State(f, residual, status.astype(jnp.int32), Memory(eps, log_rows))
