"""Entropic optimal transport between weights a (M,) and b (N,) at costs C (M, N), by its dual.

    min over P >= 0 of  sum(P C) + eps KL(P | a b')                    with row sums a and column sums b
    = max over f of     a'f + b'g(f),     g_j(f) = -eps log sum_i a_i exp((f_i - C_ij) / eps)

(Peyre and Cuturi 2019, chapter 4; Cuturi and Peyre 2018, "Semidual regularized optimal transport"). The best g for an f
is known, so f alone is unknown, and P = a b' exp((f + g - C) / eps) always has the column sums b. Without the row sums
or the column sums as constraints, but with penalties rows KL(P 1 | a) + columns KL(P' 1 | b), it is

    max over f of     rows a'(1 - exp(-f / rows)) + columns b'(1 - exp(-g / columns)) + eps (sum(a) sum(b) - sum(P))

with g = -columns eps / (columns + eps) log sum(...) (Chizat, Peyre, Schmitzer and Vialard 2018). Derivatives are
written out where JAX would make a table for each direction.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp


def transport_dual(f: jax.Array, C: jax.Array, a: jax.Array, b: jax.Array, eps: jax.Array) -> jax.Array:
    """The value of the dual at f. So that it has one maximum, (a'f)^2 / (2 eps) is taken off, and f^2 / 2 where a is 0:
    both are 0 at a maximum, whose f may be shifted by a constant."""
    f, C, a, b, eps = _entropic_reals(f, C, a, b, eps)
    value = _entropic_balanced(f, C, a, b, eps)
    return value - 0.5 * (a @ f) ** 2 / eps - 0.5 * jnp.sum(jnp.where(a > 0, 0.0, f**2))


def unbalanced_dual(
    f: jax.Array, C: jax.Array, a: jax.Array, b: jax.Array, eps: jax.Array, rows: jax.Array, columns: jax.Array
) -> jax.Array:
    """The value of the dual at f with penalties of weights `rows` and `columns` in place of the constraints."""
    f, C, a, b, eps = _entropic_reals(f, C, a, b, eps)
    share = columns / (columns + eps)
    logs = _entropic_logs(f, C, a, eps)
    # the column sums of P, which are b exp(-g / columns) too
    sums = b * jnp.exp((1 - share) * logs)
    value = rows * a @ (-jnp.expm1(-f / rows)) + columns * (jnp.sum(b) - jnp.sum(sums))
    value = value + eps * (jnp.sum(a) * jnp.sum(b) - jnp.sum(sums))
    return value - 0.5 * jnp.sum(jnp.where(a > 0, 0.0, f**2))


@jax.custom_jvp
def transport_value(f: jax.Array, C: jax.Array, a: jax.Array, b: jax.Array, eps: jax.Array) -> jax.Array:
    """`transport_dual` at its maximum. There its derivative in f is 0, and f is left out of the first derivative (the
    envelope theorem), so that no system is solved for it; derivatives of that derivative follow f."""
    return transport_dual(f, C, a, b, eps)


@transport_value.defjvp
def _entropic_value_change(primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    """The derivative of the dual in everything but f, by the envelope theorem."""
    f, *rest = primals
    _, change = jax.jvp(partial(transport_dual, f), tuple(rest), tuple(tangents[1:]))
    return transport_value(*primals), change


@jax.custom_jvp
def unbalanced_value(
    f: jax.Array, C: jax.Array, a: jax.Array, b: jax.Array, eps: jax.Array, rows: jax.Array, columns: jax.Array
) -> jax.Array:
    """`unbalanced_dual` at its maximum, as `transport_value`."""
    return unbalanced_dual(f, C, a, b, eps, rows, columns)


@unbalanced_value.defjvp
def _entropic_unbalanced_change(primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    """The derivative of the dual in everything but f, by the envelope theorem."""
    f, *rest = primals
    _, change = jax.jvp(partial(unbalanced_dual, f), tuple(rest), tuple(tangents[1:]))
    return unbalanced_value(*primals), change


def transport_columns(f: jax.Array, C: jax.Array, a: jax.Array, eps: jax.Array) -> jax.Array:
    """The best g for an f."""
    f, C, a, eps = _entropic_reals(f, C, a, eps)
    return -eps * _entropic_logs(f, C, a, eps)


def unbalanced_columns(f: jax.Array, C: jax.Array, a: jax.Array, eps: jax.Array, columns: jax.Array) -> jax.Array:
    """The best g for an f, the column sums being penalised."""
    return columns / (columns + eps) * transport_columns(f, C, a, eps)


def transport_table(
    f: jax.Array, g: jax.Array, C: jax.Array, a: jax.Array, b: jax.Array, eps: jax.Array
) -> jax.Array:
    """a b' exp((f + g - C) / eps)."""
    f, g, C, a, b, eps = _entropic_reals(f, g, C, a, b, eps)
    table: jax.Array = a[:, None] * b[None, :] * jnp.exp((f[:, None] + g[None, :] - C) / eps)
    return table


def squared_distances(x: jax.Array, y: jax.Array) -> jax.Array:
    """|x_i - y_j|^2 for rows of x (M, D) and of y (N, D), without cancellation."""
    return jnp.sum((x[:, None, :] - y[None, :, :]) ** 2, axis=-1)


def _entropic_reals(*xs: Any) -> tuple[jax.Array, ...]:
    """Integers as real numbers, all of one type."""
    kind = jnp.result_type(float, *xs)
    return tuple(jnp.asarray(x, kind) for x in xs)


def _entropic_exponents(f: jax.Array, C: jax.Array, a: jax.Array, eps: jax.Array) -> jax.Array:
    """(f_i - C_ij) / eps + log a_i."""
    weighted = jnp.where(a > 0, jnp.log(jnp.where(a > 0, a, 1.0)), -jnp.inf)
    table: jax.Array = (f[:, None] - C) / eps + weighted[:, None]
    return table


@jax.custom_jvp
def _entropic_logs(f: jax.Array, C: jax.Array, a: jax.Array, eps: jax.Array) -> jax.Array:
    """log sum_i a_i exp((f_i - C_ij) / eps), for each column."""
    return jax.nn.logsumexp(_entropic_exponents(f, C, a, eps), axis=0)


@_entropic_logs.defjvp
def _entropic_logs_change(primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    """The change of each logarithm: the mean of the changes of its exponents by the shares of the plan."""
    f, C, a, eps = primals
    df, dC, da, deps = tangents
    logs = _entropic_logs(f, C, a, eps)
    W = _entropic_shares(f, C, a, eps, logs)
    moved = df / eps + jnp.where(a > 0, da / jnp.where(a > 0, a, 1.0), 0.0)
    change = moved @ W - jnp.sum(W * (dC + (f[:, None] - C) * (deps / eps)), axis=0) / eps
    return logs, change


def _entropic_shares(f: jax.Array, C: jax.Array, a: jax.Array, eps: jax.Array, logs: jax.Array) -> jax.Array:
    """The plan with columns that sum to 1."""
    return jnp.exp(_entropic_exponents(f, C, a, eps) - logs[None, :])


@jax.custom_jvp
def _entropic_rows(f: jax.Array, C: jax.Array, a: jax.Array, eps: jax.Array, q: jax.Array) -> jax.Array:
    """The row sums of the plan whose column sums are q."""
    return _entropic_shares(f, C, a, eps, _entropic_logs(f, C, a, eps)) @ q


@_entropic_rows.defjvp
def _entropic_rows_change(primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    """The change of the row sums, without a table for each direction."""
    f, C, a, eps, q = primals
    df, dC, da, deps, dq = tangents
    logs, dlogs = jax.jvp(_entropic_logs, (f, C, a, eps), (df, dC, da, deps))
    W = _entropic_shares(f, C, a, eps, logs)
    rows = W @ q
    moved = df / eps + jnp.where(a > 0, da / jnp.where(a > 0, a, 1.0), 0.0)
    table = (dC + (f[:, None] - C) * (deps / eps)) / eps
    return rows, rows * moved - (W * table) @ q + W @ (dq - q * dlogs)


@jax.custom_jvp
def _entropic_balanced(f: jax.Array, C: jax.Array, a: jax.Array, b: jax.Array, eps: jax.Array) -> jax.Array:
    """a'f + b'g(f)."""
    return a @ f - eps * (b @ _entropic_logs(f, C, a, eps))


@_entropic_balanced.defjvp
def _entropic_balanced_change(primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    """The change of the value: in f what the row sums lack, in C the plan."""
    f, C, a, b, eps = primals
    df, dC, da, db, deps = tangents
    logs = _entropic_logs(f, C, a, eps)
    rows = _entropic_rows(f, C, a, eps, b)
    plan = _entropic_shares(f, C, a, eps, logs) * b[None, :]
    value = a @ f - eps * (b @ logs)
    change = (a - rows) @ df + jnp.sum(plan * (dC + (f[:, None] - C) * (deps / eps)))
    change = change - deps * (b @ logs) - eps * (logs @ db)
    change = change + (f - eps * jnp.where(a > 0, rows / jnp.where(a > 0, a, 1.0), 0.0)) @ da
    return value, change
