"""x log(y) and x log(1 + y), which vanish with x even where the logarithm is infinite.

jax.scipy has both, but its derivatives at (0, 0) and (0, -1) are 0/0. Here they are 0: a count of zero does
not pull on a probability of zero. Nor does any other, for which the value is -inf: where that is an outcome that is
looked at with its weight 0, an infinite slope times 0 would be NaN.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


@jax.custom_jvp
def _xlogy(x: jax.Array, y: jax.Array) -> jax.Array:
    """x log(y) of arrays of one shape."""
    absent = x == 0
    return jnp.where(absent, 0.0, x * jnp.log(jnp.where(absent, 1.0, y)))


@_xlogy.defjvp
def _xlogy_jvp(
    primals: tuple[jax.Array, jax.Array], tangents: tuple[jax.Array, jax.Array]
) -> tuple[jax.Array, jax.Array]:
    """log(y), 0 where x = y = 0, and x / y, 0 where y = 0."""
    x, y = primals
    logarithm = jnp.log(jnp.where((x == 0) & (y == 0), 1.0, y))
    return _xlogy(x, y), logarithm * tangents[0] + x / jnp.where(y == 0, jnp.inf, y) * tangents[1]


def xlogy(x: ArrayLike, y: ArrayLike) -> jax.Array:
    """x log(y) for y >= 0, elementwise; 0 where x = 0."""
    x, y = jnp.broadcast_arrays(jnp.asarray(x, float), jnp.asarray(y, float))
    return _xlogy(x, y)


@jax.custom_jvp
def _xlog1py(x: jax.Array, y: jax.Array) -> jax.Array:
    """x log(1 + y) of arrays of one shape."""
    absent = x == 0
    return jnp.where(absent, 0.0, x * jnp.log1p(jnp.where(absent, 0.0, y)))


@_xlog1py.defjvp
def _xlog1py_jvp(
    primals: tuple[jax.Array, jax.Array], tangents: tuple[jax.Array, jax.Array]
) -> tuple[jax.Array, jax.Array]:
    """log(1 + y), 0 where x = 0 and y = -1, and x / (1 + y), 0 where y = -1."""
    x, y = primals
    logarithm = jnp.log1p(jnp.where((x == 0) & (y == -1), 0.0, y))
    return _xlog1py(x, y), logarithm * tangents[0] + x / jnp.where(y == -1, jnp.inf, 1.0 + y) * tangents[1]


def xlog1py(x: ArrayLike, y: ArrayLike) -> jax.Array:
    """x log(1 + y) for y >= -1, elementwise; 0 where x = 0."""
    x, y = jnp.broadcast_arrays(jnp.asarray(x, float), jnp.asarray(y, float))
    return _xlog1py(x, y)
