"""Entropic transport as solvers see it: unknown are the potentials f of the rows; see `runtime.functions.entropic`."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import tiny
from pushforward.runtime.solvers.unsuitable import Unsuitable


class Entropic(NamedTuple):
    """Costs C [M, N], weights a [M] and b [N], the temperature eps, and the weights of the penalties for the row sums
    and the column sums: infinite where the sums are constraints."""

    C: jax.Array
    a: jax.Array
    b: jax.Array
    eps: jax.Array
    rows: jax.Array
    columns: jax.Array

    @property
    def balanced(self) -> jax.Array:
        """Whether the sums of the two weights agree, where they have to."""
        unit = 1e3 * float(jnp.finfo(self.a.dtype).eps)  # type: ignore[no-untyped-call]
        equal = jnp.abs(jnp.sum(self.a) - jnp.sum(self.b)) <= unit * (1 + jnp.sum(self.a))
        return equal | jnp.isfinite(self.rows) | jnp.isfinite(self.columns)


class Half(NamedTuple):
    """What follows from f: the best g, the logarithms of the row sums of the plan, and its column sums."""

    g: jax.Array
    log_rows: jax.Array
    q: jax.Array


def entropic_of(problem: Any, z: jax.Array, args: Any) -> Entropic:
    """What the loss of a problem is made of."""
    if not isinstance(problem, Minimise) or problem.transport is None:
        raise Unsuitable("this solver needs the dual of entropic transport: `transport_dual(f, C, a, b, eps)`")
    C, a, b, eps, *reach = problem.transport(z, args)
    rows, columns = reach if reach else (jnp.inf, jnp.inf)
    return Entropic(*(jnp.asarray(x, z.dtype) for x in (C, a, b, eps, rows, columns)))


def share(weight: jax.Array, eps: jax.Array) -> jax.Array:
    """weight / (weight + eps), 1 at infinity."""
    return jnp.where(jnp.isfinite(weight), weight / (weight + eps), 1.0)


def logarithm(a: jax.Array) -> jax.Array:
    """log a, minus infinity at 0, without a warning from its derivative."""
    return jnp.where(a > 0, jnp.log(jnp.where(a > 0, a, 1.0)), -jnp.inf)


def half(t: Entropic, f: jax.Array, eps: jax.Array) -> Half:
    """One pass over the table: its columns are scaled by their largest entries, so that one exponential serves the sums
    of the columns and those of the rows. Where all that is left of a row is rounded to 0, rows are summed apart.
    """
    exponents = (f[:, None] - t.C) / eps + logarithm(t.a)[:, None]
    top = jnp.max(exponents, axis=0)
    scaled = jnp.exp(exponents - top[None, :])
    sums = jnp.sum(scaled, axis=0)
    logs = top + jnp.log(sums)
    kept = share(t.columns, eps)
    g, q = -kept * eps * logs, t.b * jnp.exp((1 - kept) * logs)
    rows = scaled @ (q / sums)

    def lost(_: None) -> jax.Array:
        inside = jax.nn.logsumexp((g[None, :] - t.C) / eps + logarithm(t.b)[None, :], axis=1)
        return inside + f / eps + logarithm(t.a)

    seen = jnp.all((rows > 1e3 * tiny(rows)) | (t.a == 0))
    return Half(g, jax.lax.cond(seen, lambda _: logarithm(rows), lost, None), q)


def gradient(t: Entropic, f: jax.Array, log_rows: jax.Array) -> jax.Array:
    """That of minus the dual: what the row sums have too much."""
    wanted = t.a * jnp.where(jnp.isfinite(t.rows), jnp.exp(-f / t.rows), 1.0)
    return jnp.where(t.a > 0, jnp.exp(log_rows) - wanted, 0.0)


def updated(t: Entropic, f: jax.Array, log_rows: jax.Array, eps: jax.Array) -> jax.Array:
    """The best f for the g that follows from f: the second half of Sinkhorn's iteration."""
    best = share(t.rows, eps) * (f + eps * (logarithm(t.a) - log_rows))
    return centred(t, jnp.where(t.a > 0, best, 0.0))


def centred(t: Entropic, f: jax.Array) -> jax.Array:
    """With constraints, f is shifted so that a'f = 0: the plan stays what it is."""
    moved = jnp.where(t.a > 0, f - t.a @ f / jnp.sum(t.a), 0.0)
    return jnp.where(jnp.isfinite(t.rows) | jnp.isfinite(t.columns), f, moved)
