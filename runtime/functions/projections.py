"""Projections onto vectors' sets: x (N,) to the nearest point of the set, (N,).

What decides the piece (which entries are positive, which are equal) is found without a derivative; the value is then
computed from the piece. So derivatives of any order are those of the piece, which is right almost everywhere.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def project_box(x: ArrayLike, low: ArrayLike, high: ArrayLike) -> jax.Array:
    """x cut off at `low` and at `high`, elementwise; where a bound holds the derivative is that of the bound."""
    x = jnp.multiply(x, 1.0)
    return jnp.where(jnp.less_equal(x, low), low, jnp.where(jnp.greater_equal(x, high), high, x))


def project_nonneg(x: ArrayLike) -> jax.Array:
    """x, 0 where it is negative, elementwise."""
    x = jnp.multiply(x, 1.0)
    return jnp.where(x <= 0, 0.0, x)


def project_simplex(x: jax.Array, total: ArrayLike = 1.0) -> jax.Array:
    """The nearest point with entries >= 0 that sum to `total` (Held, Wolfe and Crowder 1974).

    It is max(x - tau, 0); tau follows from the entries that stay positive, a prefix of the sorted ones.
    """
    x = jnp.multiply(x, 1.0)
    x = x - jax.lax.stop_gradient(jnp.max(x, initial=-jnp.inf))  # a shift changes nothing but the rounding
    fixed, amount = jax.lax.stop_gradient((x, jnp.asarray(total, x.dtype)))
    falling = jnp.sort(fixed, descending=True)
    thresholds = (jnp.cumsum(falling) - amount) / jnp.arange(1, x.size + 1)
    last = jnp.maximum(jnp.sum(falling > thresholds), 1) - 1
    zero = fixed <= thresholds[last]  # false of NaN, which must stay NaN
    tau = (jnp.sum(jnp.where(zero, 0.0, x)) - total) / jnp.maximum(jnp.sum(~zero), 1)
    return jnp.where(zero, 0.0, x - tau)


def project_rows_simplex(x: jax.Array) -> jax.Array:
    """Each row of x (M, N) to the simplex."""
    return jax.vmap(project_simplex)(x)


def project_l1_sphere(x: jax.Array, radius: ArrayLike) -> jax.Array:
    """The nearest point whose absolute values sum to `radius`; not unique where x is inside and has zeros."""
    x = jnp.multiply(x, 1.0)
    sign = jnp.where(x < 0, -1.0, 1.0)
    return sign * project_simplex(sign * x, radius)


def project_l1_ball(x: jax.Array, radius: ArrayLike) -> jax.Array:
    """The nearest point whose absolute values sum to at most `radius` (Duchi et al. 2008, section 4)."""
    x = jnp.multiply(x, 1.0)
    return jnp.where(jnp.sum(jnp.abs(x)) <= radius, x, project_l1_sphere(x, radius))


def project_l2_ball(x: jax.Array, radius: ArrayLike) -> jax.Array:
    """x shortened to the length `radius` if it is longer; any shape."""
    x = jnp.multiply(x, 1.0)
    squares = jnp.sum(x * x)
    outside = squares > jnp.square(radius)
    return jnp.where(outside, x * (radius / jnp.sqrt(jnp.where(outside, squares, 1.0))), x)


def project_unit_vector(x: jax.Array) -> jax.Array:
    """x / |x|; NaN at 0, where every unit vector is nearest."""
    return jnp.multiply(x, 1.0) / jnp.sqrt(jnp.sum(jnp.square(x)))


def project_sum_to_zero(x: jax.Array) -> jax.Array:
    """x less its mean."""
    return jnp.multiply(x, 1.0) - jnp.mean(x)


def project_hyperplane(x: jax.Array, a: jax.Array, b: ArrayLike) -> jax.Array:
    """The nearest y with a'y = b."""
    return x - a * ((a @ x - b) / (a @ a))


def project_halfspace(x: jax.Array, a: jax.Array, b: ArrayLike) -> jax.Array:
    """The nearest y with a'y <= b."""
    excess = a @ x - b
    return x - a * (jnp.where(excess > 0, excess, 0.0) / (a @ a))


def project_affine_set(x: jax.Array, A: jax.Array, b: jax.Array) -> jax.Array:
    """The nearest y with A y = b, A (M, N); rows may repeat one another."""
    return jnp.asarray(x - jnp.linalg.pinv(A) @ (A @ x - b))


def project_monotone(x: jax.Array) -> jax.Array:
    """The nearest vector with entries that do not decrease, by pooling adjacent violators (Ayer et al. 1955)."""
    x = jnp.multiply(x, 1.0)
    if x.size < 2:
        return x
    block = _projections_blocks(jax.lax.stop_gradient(x))
    sums, sizes = (jax.ops.segment_sum(v, block, x.size) for v in (x, jnp.ones_like(x)))
    return (sums / jnp.maximum(sizes, 1))[block]


def project_positive_ordered(x: jax.Array) -> jax.Array:
    """The nearest vector with entries >= 0 that do not decrease: that of `project_monotone`, cut off at 0."""
    return project_nonneg(project_monotone(x))


def _projections_blocks(x: jax.Array) -> jax.Array:
    """Which block of the monotone fit each entry of x (N,) belongs to. A stack of blocks, of which `top` is the last:
    merge the last two while their means do not increase, else put the next entry on top."""

    def violated(sums: jax.Array, sizes: jax.Array, top: jax.Array) -> jax.Array:
        return (top > 0) & (sums[top - 1] * sizes[top] >= sums[top] * sizes[top - 1])

    State = tuple[jax.Array, jax.Array, jax.Array, jax.Array]

    def step(state: State) -> State:
        sums, sizes, top, i = state
        merge = violated(sums, sizes, top)
        to = jnp.where(merge, top - 1, top + 1)
        entry = x[jnp.minimum(i, x.size - 1)]
        sums = sums.at[to].set(jnp.where(merge, sums[top - 1] + sums[top], entry))
        sizes = sizes.at[to].set(jnp.where(merge, sizes[top - 1] + sizes[top], 1.0))
        return sums, sizes, to, jnp.where(merge, i, i + 1)

    def going(state: State) -> jax.Array:
        sums, sizes, top, i = state
        return (i < x.size) | violated(sums, sizes, top)

    zeros = jnp.zeros_like(x)
    first = (zeros.at[0].set(x[0]), zeros.at[0].set(1.0), jnp.asarray(0), jnp.asarray(1))
    _, sizes, top, _ = jax.lax.while_loop(going, step, first)
    positions = jnp.arange(x.size)
    ends = jnp.cumsum(jnp.where(positions <= top, sizes, 0.0))
    return jnp.searchsorted(ends, positions.astype(x.dtype), side="right")
