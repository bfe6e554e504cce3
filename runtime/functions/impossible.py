"""Outcomes of probability 0: what they would cost does not count, however much it is."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def if_possible(weight: ArrayLike, cost: ArrayLike) -> jax.Array:
    """The cost of an outcome of this weight, in one shape; 0 if it is not finite and the weight is 0.

    A finite cost stays as it is: the derivative of weight * cost has it for a factor, also where the weight is 0.
    """
    w, c = jnp.asarray(weight), jnp.asarray(cost)
    return jnp.where((w == 0) & ~jnp.isfinite(c), 0.0, c)


@jax.custom_jvp
def _log(x: jax.Array) -> jax.Array:
    """log(x)."""
    return jnp.log(x)


@_log.defjvp
def _log_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    """1 / x, 0 where x is."""
    (x,), (tangent,) = primals, tangents
    return jnp.log(x), tangent / jnp.where(x == 0, jnp.inf, x)


def log_or_never(x: ArrayLike) -> jax.Array:
    """log(x), elementwise, whose derivative is 0 where x is: what is multiplied by nothing stays nothing."""
    return _log(jnp.asarray(x, float))
