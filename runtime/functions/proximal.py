"""Proximal operators: prox(x, step) = argmin_u h(u) + |u - x|^2 / (2 step) (Parikh and Boyd 2014, chapter 6).

Derivatives are those of the piece that x lies on, which is right almost everywhere.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def prox_l1(x: ArrayLike, step: ArrayLike) -> jax.Array:
    """x moved towards 0 by `step`, elementwise, and 0 where it would pass it: of the absolute value."""
    x = jnp.multiply(x, 1.0)
    return jnp.where(jnp.abs(x) <= step, 0.0, x - jnp.sign(x) * step)


def prox_elastic_net(x: ArrayLike, step: ArrayLike, ridge: ArrayLike) -> jax.Array:
    """Of |x| + ridge x^2 / 2, elementwise."""
    return prox_l1(x, step) / (1 + jnp.multiply(step, ridge))


def prox_max0(x: ArrayLike, step: ArrayLike) -> jax.Array:
    """Of max(x, 0), elementwise."""
    x = jnp.multiply(x, 1.0)
    return jnp.where((x >= 0) & (x <= step), 0.0, jnp.where(x < 0, x, x - step))


def prox_norm2(x: jax.Array, step: ArrayLike) -> jax.Array:
    """x shortened by `step`, and 0 if it is not longer than that; any shape."""
    x = jnp.multiply(x, 1.0)
    squares = jnp.sum(x * x)
    short = squares <= jnp.square(step)  # false of NaN, which must stay NaN
    return jnp.where(short, 0.0, x * (1 - step / jnp.sqrt(jnp.where(short, 1.0, squares))))


def prox_group_lasso(x: jax.Array, step: ArrayLike) -> jax.Array:
    """Each row of x (M, N) shortened by `step`."""
    return jax.vmap(lambda row: prox_norm2(row, step))(x)


def prox_tv1d(x: jax.Array, step: ArrayLike) -> jax.Array:
    """Of sum_i |x[i+1] - x[i]|, exactly, by following the solution from step 0 (Hoefling 2010).

    The solution is constant on segments. As the step grows, the mean of a segment moves at the speed
    (sign of the jump to its right - sign of the jump to its left) / length, and segments that meet stay together. At
    most N - 1 meetings, each found in O(N).
    """
    x = jnp.multiply(x, 1.0)
    if x.size < 2:
        return x
    signs = _proximal_jumps(*jax.lax.stop_gradient((x, jnp.asarray(step, x.dtype))))
    means, speeds = _proximal_segments(x, signs)
    return means + step * speeds


def _proximal_segments(x: jax.Array, signs: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The mean of x (N,) and the speed on the segments that jumps (N - 1,) of sign not 0 separate, entry by entry."""
    segment = jnp.concatenate([jnp.zeros(1, int), jnp.cumsum(signs != 0)])
    pull = jnp.diff(signs, prepend=0.0, append=0.0)
    parts = (jax.ops.segment_sum(v, segment, x.size) for v in (x, pull, jnp.ones_like(x)))
    sums, pulls, sizes = (part[segment] for part in parts)
    return sums / sizes, pulls / sizes


def _proximal_jumps(x: jax.Array, step: jax.Array) -> jax.Array:
    """The signs of the jumps (N - 1,) that are left at `step`."""

    def meetings(signs: jax.Array) -> jax.Array:
        """The step at which each jump closes; infinite where none does."""
        means, speeds = _proximal_segments(x, signs)
        gap, closing = signs * jnp.diff(means), -signs * jnp.diff(speeds)
        return jnp.where(closing > 0, gap / jnp.where(closing > 0, closing, 1.0), jnp.inf)

    def going(state: tuple[jax.Array, jax.Array]) -> jax.Array:
        return jnp.min(state[1]) <= step

    def join(state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        signs, steps = state
        signs = jnp.where(steps == jnp.min(steps), 0.0, signs)
        return signs, meetings(signs)

    first = jnp.sign(jnp.diff(x))
    return jax.lax.while_loop(going, join, (first, meetings(first)))[0]
