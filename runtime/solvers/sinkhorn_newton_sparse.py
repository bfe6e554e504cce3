"""Newton's method on the dual of entropic transport, with the Hessian made sparse (Tang, Shavlovsky, Rahmanian,
Tardini, Thekumparampil, Xiao and Ying 2024, "Accelerating Sinkhorn algorithms with sparse Newton iterations").

    (diag(P 1) - P diag(1 / q) P') d = a - P 1,       f+ = f + eps t d

is Newton's step on the semidual; q are the column sums of the plan P, which are always right. Near the solution P has
few entries that count: of each column the `keep` largest stay in the matrix, all of them in the diagonal, so that it
stays positive. The system is solved by conjugate gradients. It begins with `warm` turns of Sinkhorn, the first half of
them down to the temperature of the problem; t is found by Armijo's rule on the dual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.entropic import (
    Entropic,
    centred,
    entropic_of,
    gradient,
    half,
    logarithm,
    share,
    updated,
)
from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """The turns that were made, and the logarithms of the row sums at z, at the temperature of the next turn."""

    turns: jax.Array
    log_rows: jax.Array


@dataclass(frozen=True)
class SinkhornNewtonSparse:
    """`keep` entries of a column, `inner` conjugate gradients for a step; see the file."""

    tol: float = 1e-10
    steps: int = 200
    warm: int = 20
    keep: int = 32
    inner: int = 500
    halvings: int = 30

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """At the first temperature."""
        t = entropic_of(problem, z, args)
        return self._state(t, centred(t, z), jnp.asarray(0), jnp.asarray(True))

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One turn of Sinkhorn, or one step of Newton."""
        t = entropic_of(problem, now.z, args)

        def turn(_: None) -> tuple[jax.Array, jax.Array]:
            return updated(t, now.z, now.memory.log_rows, self._eps(t, now.memory.turns)), jnp.asarray(True)

        def newton(_: None) -> tuple[jax.Array, jax.Array]:
            return self._newton(problem, t, now, args)

        f, good = jax.lax.cond(now.memory.turns < self.warm, turn, newton, None)
        return self._state(t, f, now.memory.turns + 1, good)

    def _eps(self, t: Entropic, turns: jax.Array) -> jax.Array:
        """The temperature of a turn."""
        spread = jnp.maximum(t.eps, jnp.max(t.C) - jnp.min(t.C))
        part = jnp.minimum(1.0, turns / max(1.0, self.warm / 2))
        return jnp.where(part < 1, jnp.exp((1 - part) * jnp.log(spread) + part * jnp.log(t.eps)), t.eps)

    def _state(self, t: Entropic, f: jax.Array, turns: jax.Array, good: jax.Array) -> State:
        eps = self._eps(t, turns)
        log_rows = half(t, f, eps).log_rows
        residual = size(gradient(t, f, log_rows)) + jnp.where(eps > t.eps, 1.0, 0.0)
        status = jnp.where(good, Status.CONVERGED, Status.STALLED)
        status = jnp.where(t.balanced, status, Status.INFEASIBLE)
        return State(f, residual, status.astype(jnp.int32), Memory(turns, log_rows))

    def _newton(self, problem: Minimise, t: Entropic, now: State, args: Any) -> tuple[jax.Array, jax.Array]:
        slope = -gradient(t, now.z, now.memory.log_rows)
        d = t.eps * _direction(t, now.z, slope, now.memory.log_rows, self)
        value = problem.objective(now.z, args)
        spread = jnp.max(t.C) - jnp.min(t.C)
        rounded = 64 * unit(now.z) * (jnp.abs(value) + spread * jnp.sum(t.a))

        def long(carry: tuple[jax.Array, jax.Array]) -> jax.Array:
            s, n = carry
            worse = problem.objective(now.z + s * d, args) > value - 1e-4 * s * (slope @ d) + rounded
            return worse & (n < self.halvings)

        s, n = jax.lax.while_loop(long, lambda c: (c[0] / 2, c[1] + 1), (jnp.ones((), d.dtype), jnp.asarray(0)))
        return centred(t, now.z + s * d), n < self.halvings


def _direction(
    t: Entropic, f: jax.Array, slope: jax.Array, log_rows: jax.Array, by: SinkhornNewtonSparse
) -> jax.Array:
    """Newton's direction over the temperature."""
    h = half(t, f, t.eps)
    table = (f[:, None] + h.g[None, :] - t.C) / t.eps + logarithm(t.a)[:, None] + logarithm(t.b)[None, :]
    over = share(t.columns, t.eps) * jnp.where(h.q > 0, 1 / jnp.where(h.q > 0, h.q, 1.0), 0.0)
    rows = jnp.where(t.a > 0, jnp.exp(log_rows), 1.0)
    pulled = t.eps * t.a * jnp.where(jnp.isfinite(t.rows), jnp.exp(-f / t.rows) / t.rows, 0.0)
    shift = 1e-3 * jnp.minimum(1e-3, jnp.sum(jnp.abs(slope)))
    diagonal = rows * (1 + shift) + pulled
    held = jnp.where(jnp.isfinite(t.rows) | jnp.isfinite(t.columns), 0.0, t.a)
    d = _conjugate(table, over, diagonal, held, slope, by)
    return jnp.where(slope @ d > 0, d, slope / diagonal)  # also where d is not a number


def _conjugate(
    table: jax.Array, over: jax.Array, diagonal: jax.Array, held: jax.Array, slope: jax.Array, by: SinkhornNewtonSparse
) -> jax.Array:
    """The solution of the system with the sparse matrix."""
    value, place = jax.lax.top_k(table.T, min(by.keep, slope.size))
    P = jnp.exp(value)

    def product(v: jax.Array) -> jax.Array:
        across = over * jnp.sum(P * v[place], axis=1)
        back = jax.ops.segment_sum((P * across[:, None]).ravel(), place.ravel(), v.size)
        found: jax.Array = diagonal * v - back + held * (held @ v)
        return found

    enough = jnp.minimum(0.1, jnp.sqrt(jnp.sum(jnp.abs(slope)))) * jnp.sqrt(jnp.sum(slope**2))
    d, _ = jax.scipy.sparse.linalg.cg(  # type: ignore[no-untyped-call]
        product, slope, tol=0.0, atol=enough, maxiter=by.inner, M=lambda v: v / diagonal
    )
    found: jax.Array = d
    return found
