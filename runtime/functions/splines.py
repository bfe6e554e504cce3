"""Monotone rational-quadratic splines.

Durkan, Bekasov, Murray and Papamakarios, "Neural spline flows" (2019), section 3.1 and appendix A; the interpolant is
that of Gregory and Delbourgo, "Piecewise rational quadratic interpolation to monotonic data" (1982).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

LEAST = 1e-3  # the smallest width and height of a bin, as a share of the interval; and the smallest slope


class Bin(NamedTuple):
    """The bin that each point lies in: where it begins, its width and height, and the slopes at its ends, f[...]."""

    x: jax.Array
    y: jax.Array
    width: jax.Array
    height: jax.Array
    left: jax.Array
    right: jax.Array

    @property
    def bend(self) -> jax.Array:
        """By how much the slopes at the ends exceed that of the chord, together."""
        return self.left + self.right - 2 * self.height / self.width


def with_log_slope(x: ArrayLike, a: ArrayLike, bound: ArrayLike) -> jax.Array:
    """The spline at x f[N], and the logarithm of its derivative there, f[2, N], for `a` f[N, 3 B - 1] of B bins; the
    identity outside of [-bound, bound]."""
    at, inside = _clipped(x, bound)
    b = _bin(at, a, bound, by_height=False)
    t, slope = (at - b.x) / b.width, b.height / b.width
    between = t * (1 - t)
    below = slope + b.bend * between
    found = b.y + b.height * (slope * t**2 + b.left * between) / below
    above = b.right * t**2 + 2 * slope * between + b.left * (1 - t) ** 2
    steep = 2 * jnp.log(slope) + jnp.log(above) - 2 * jnp.log(below)
    return jnp.stack([jnp.where(inside, found, x), jnp.where(inside, steep, 0.0)])


def forward(x: ArrayLike, a: ArrayLike, bound: ArrayLike) -> jax.Array:
    """The spline f[N] alone."""
    return with_log_slope(x, a, bound)[0]


def log_slope(x: ArrayLike, a: ArrayLike, bound: ArrayLike) -> jax.Array:
    """The logarithm of its derivative in x alone, f[N]."""
    return with_log_slope(x, a, bound)[1]


def inverse(y: ArrayLike, a: ArrayLike, bound: ArrayLike) -> jax.Array:
    """The x at which `forward` is y, f[...]: the root of a quadratic, in the form without cancellation."""
    at, inside = _clipped(y, bound)
    b = _bin(at, a, bound, by_height=True)
    up, slope = at - b.y, b.height / b.width
    linear = b.height * b.left - up * b.bend
    square = b.height * (slope - b.left) + up * b.bend
    root = jnp.sqrt(linear**2 + 4 * square * slope * up)
    return jnp.where(inside, b.x + b.width * 2 * slope * up / (linear + root), y)


def _clipped(x: ArrayLike, bound: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """The points, those outside moved to 0; and whether they are inside."""
    inside = jnp.abs(jnp.asarray(x)) < jnp.asarray(bound)
    return jnp.where(inside, x, 0.0), inside


def _bin(at: jax.Array, a: ArrayLike, bound: ArrayLike, *, by_height: bool) -> Bin:
    """The bin of each point, f[...]: by its x, or by its y where the inverse is asked for."""
    a = jnp.asarray(a)
    bins = (a.shape[-1] + 1) // 3
    if a.shape[-1] != 3 * bins - 1 or bins < 1:
        raise ValueError(f"a spline of B bins is made of 3 B - 1 numbers; these are {a.shape[-1]}")
    xs, ys = _knots(a[..., :bins], bound), _knots(a[..., bins : 2 * bins], bound)
    unit = jnp.log(jnp.expm1(jnp.asarray(1 - LEAST, a.dtype)))
    ends = jnp.ones((*a.shape[:-1], 1), a.dtype)
    slopes = jnp.concatenate([ends, LEAST + jax.nn.softplus(a[..., 2 * bins :] + unit), ends], axis=-1)
    knots = ys if by_height else xs
    which = jnp.sum(at[..., None] >= knots[..., 1:-1], axis=-1, keepdims=True)

    def here(of: jax.Array, offset: int = 0) -> jax.Array:
        return jnp.take_along_axis(of, which + offset, axis=-1)[..., 0]

    x, y = here(xs), here(ys)
    return Bin(x, y, here(xs, 1) - x, here(ys, 1) - y, here(slopes), here(slopes, 1))


def _knots(logits: jax.Array, bound: ArrayLike) -> jax.Array:
    """The ends of the bins, f[..., B + 1], from -bound to bound."""
    bins = logits.shape[-1]
    shares = LEAST + (1 - LEAST * bins) * jax.nn.softmax(logits, axis=-1)
    inner = 2 * jnp.cumsum(shares[..., :-1], axis=-1) - 1
    ends = jnp.ones((*logits.shape[:-1], 1), logits.dtype)
    return jnp.asarray(bound) * jnp.concatenate([-ends, inner, ends], axis=-1)
