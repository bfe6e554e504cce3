"""Mirror steps, argmin_u g'u + D(u, x) for a Bregman divergence D, and the points of a set that are furthest along
-g."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def mirror_simplex(x: jax.Array, g: jax.Array) -> jax.Array:
    """x exp(-g) in the proportions of x (..., N): D is the relative entropy (Beck and Teboulle 2003, section 5). An
    entry of 0 counts as the smallest positive number, so that it can come back."""
    x = jnp.multiply(x, 1.0)
    return jax.nn.softmax(jnp.log(jnp.maximum(x, _mirror_tiny(x))) - g) * jnp.sum(x, axis=-1, keepdims=True)


def mirror_positive(x: ArrayLike, g: ArrayLike) -> jax.Array:
    """x exp(-g), elementwise: D is the generalised relative entropy."""
    return jnp.multiply(x, jnp.exp(jnp.negative(g)))


def mirror_box(x: ArrayLike, g: ArrayLike, low: ArrayLike, high: ArrayLike) -> jax.Array:
    """Elementwise between `low` and `high`: D is the relative entropy of the position in between."""
    width = jnp.subtract(high, low)
    tiny = _mirror_tiny(jnp.multiply(x, 1.0))
    below, above = jnp.maximum(jnp.subtract(x, low), tiny), jnp.maximum(jnp.subtract(high, x), tiny)
    share: jax.Array = jax.nn.sigmoid(jnp.log(below) - jnp.log(above) - width * g)
    return jnp.add(low, width * share)


def vertex_simplex(g: jax.Array, total: ArrayLike = 1.0) -> jax.Array:
    """`total` where g (..., N) is least, the first of equals, and 0 elsewhere."""
    least = jax.nn.one_hot(jnp.argmin(g, axis=-1), g.shape[-1], dtype=jnp.multiply(g, 1.0).dtype)
    return jnp.multiply(total, least)


def vertex_l1_ball(g: jax.Array, radius: ArrayLike) -> jax.Array:
    """-radius times the sign of the entry of g (N,) that is largest in absolute value, there."""
    return -jnp.sign(g) * vertex_simplex(-jnp.abs(g), radius)


def vertex_l2_ball(g: jax.Array, radius: ArrayLike) -> jax.Array:
    """-radius g / |g|; 0 if g is 0. Any shape."""
    squares = jnp.sum(jnp.square(jnp.multiply(g, 1.0)))
    return -jnp.multiply(radius, g) / jnp.sqrt(jnp.where(squares > 0, squares, 1.0))


def vertex_box(g: ArrayLike, low: ArrayLike, high: ArrayLike) -> jax.Array:
    """`low` where g > 0 and `high` elsewhere."""
    return jnp.where(jnp.greater(g, 0), low, high)


def _mirror_tiny(x: jax.Array) -> float:
    """The least positive number of x's type with all its digits."""
    return float(jnp.finfo(x.dtype).tiny)  # type: ignore[no-untyped-call]
