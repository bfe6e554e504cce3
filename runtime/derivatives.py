"""`grad` and `hessian` as emitted programs call them: derivatives of a body at a point.

A body is a function of a tuple of one array and of what it depends on, as those of holes are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def grad(body: Callable[[tuple[jax.Array], Any], Any], point: tuple[Any], args: Any) -> jax.Array:
    """The gradient at `point`, of its shape."""
    slope: jax.Array = jax.grad(lambda x: jnp.asarray(body((x,), args), x.dtype))(_real(point))
    return slope


def hessian(body: Callable[[tuple[jax.Array], Any], Any], point: tuple[Any], args: Any) -> jax.Array:
    """The second derivatives at a vector f[n], f[n, n], or at a number; symmetric to the last bit."""
    matrix: jax.Array = jax.jacfwd(jax.grad(lambda x: jnp.asarray(body((x,), args), x.dtype)))(_real(point))
    return 0.5 * (matrix + matrix.T)


def _real(point: tuple[Any]) -> jax.Array:
    return jnp.asarray(point[0], jnp.result_type(float))
