"""A `while` loop that can write into a record.

Under `vmap`, a loop of JAX whose condition differs between the lanes copies everything that it carries at every
iteration, so
that lanes that are finished stay as they are. For a record of thousands of rows that is the whole cost. Here the loop
goes on
as long as any lane does, and a finished lane writes the row that is there already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox.internal as eqxi
import jax
import jax.numpy as jnp


def loop(going: Callable[[Any], jax.Array], body: Callable[[Any], Any], carry: Any) -> Any:
    """`while going(carry): carry = body(carry)`."""
    return jax.lax.while_loop(going, body, carry)


def recording_loop(
    going: Callable[[Any], jax.Array], body: Callable[[Any], tuple[Any, jax.Array, Any]], carry: Any, record: Any
) -> tuple[Any, Any]:
    """The same with a record, a tree of arrays [rows, ...]: `body(carry)` gives the carry, a row's number and the
    row."""

    def any_going(both: tuple[Any, Any]) -> jax.Array:
        found: jax.Array = eqxi.unvmap_any(going(both[0]))
        return found

    def step(both: tuple[Any, Any]) -> tuple[Any, Any]:
        now, rows = both
        on = going(now)
        after, number, row = body(now)

        def write(old: jax.Array, new: jax.Array) -> jax.Array:
            return old.at[number].set(jnp.where(on, new, old[number]))

        after = jax.tree.map(lambda new, old: jnp.where(on, new, old), after, now)
        return after, jax.tree.map(write, rows, row)

    found: tuple[Any, Any] = jax.lax.while_loop(any_going, step, (carry, record))
    return found
