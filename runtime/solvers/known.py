"""A value that is at hand, with the derivative of the function whose value it is: what a loop without a derivative in
reverse has found is not computed again, and yet differentiated."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax

from pushforward.runtime.solvers.problem import Function


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def known(function: Function, value: jax.Array, z: jax.Array, args: Any) -> jax.Array:
    """`value`, which is function(z, args). Its own derivative counts for nothing."""
    return value


@known.defjvp
def _derivative(function: Function, primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    value, z, args = primals
    _, change = jax.jvp(function, (z, args), tangents[1:])
    found: jax.Array = known(function, value, z, args)
    return found, change
