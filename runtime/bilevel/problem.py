"""A bilevel problem, and the condition that its solution satisfies.

    0 = df/dx + (d2g/dxdz) v,   0 = dg/dz,   0 = (d2g/dzdz) v + df/dz

The second says that z minimises the lower loss, the third makes of the first the derivative of f(x, z*(x)) by the
implicit function theorem (Dagreou, Ablin, Vaiter and Moreau 2022, "A framework for bilevel optimization that enables
stochastic and global variance reduction algorithms", equation 6, whose signs these are). All three are linear in the
two losses and their derivatives: a batch gives an unbiased estimate of each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp

from pushforward.runtime.bilevel.sampling import Batch, Rows

#: (x, z, rows, args) -> a number; `rows` is () for the loss in full
Loss: TypeAlias = Callable[[jax.Array, jax.Array, Rows, Any], jax.Array]


class Point(NamedTuple):
    """The unknowns above, those below, and v; or a direction of each."""

    x: jax.Array
    z: jax.Array
    v: jax.Array


@dataclass(frozen=True)
class Group:
    """Entries of z that are blocks, one for each index of a batch: from `start`, `count` numbers a block."""

    start: int
    count: int
    batch: int


@dataclass(frozen=True)
class Bilevel:
    """x has `above` entries and z `below`. `upper_reads` and `lower_reads` say which of `batches` the losses look at;
    `groups` are the lower levels of which a batch picks some."""

    upper: Loss
    lower: Loss
    above: int
    below: int
    batches: tuple[Batch, ...] = ()
    upper_reads: tuple[int, ...] = ()
    lower_reads: tuple[int, ...] = ()
    groups: tuple[Group, ...] = ()
    symmetric: bool = False

    @property
    def stochastic(self) -> bool:
        """Whether some loss is estimated from batches."""
        return bool(self.batches)

    def point(self, w: jax.Array) -> Point:
        """The parts of a vector [above + below], v being 0, or [above + 2 below]."""
        x, z, v = w[: self.above], w[self.above : self.above + self.below], w[self.above + self.below :]
        return Point(x, z, v if v.size else jnp.zeros_like(z))

    def upper_gradients(self, at: Point, args: Any, rows: Rows = ()) -> tuple[jax.Array, jax.Array]:
        """df/dx and df/dz."""
        found: tuple[jax.Array, jax.Array] = jax.grad(self.upper, (0, 1))(at.x, at.z, rows, args)
        return found

    def lower_products(self, at: Point, args: Any, rows: Rows = ()) -> tuple[jax.Array, jax.Array, jax.Array]:
        """(d2g/dxdz) v, dg/dz and (d2g/dzdz) v."""
        gradient, pull = jax.vjp(lambda x, z: jax.grad(self.lower, 1)(x, z, rows, args), at.x, at.z)
        mixed, curved = pull(at.v)
        return mixed, gradient, curved

    def lower_gradient(self, x: jax.Array, z: jax.Array, args: Any, rows: Rows = ()) -> jax.Array:
        """dg/dz."""
        found: jax.Array = jax.grad(self.lower, 1)(x, z, rows, args)
        return found

    def curvature(self, x: jax.Array, z: jax.Array, v: jax.Array, args: Any, rows: Rows = ()) -> jax.Array:
        """(d2g/dzdz) v."""
        image: jax.Array = jax.jvp(lambda at: self.lower_gradient(x, at, args, rows), (z,), (v,))[1]
        return image

    def directions(self, at: Point, args: Any, rows: Rows = ()) -> Point:
        """The left sides of the condition."""
        above, beside = self.upper_gradients(at, args, rows)
        mixed, gradient, curved = self.lower_products(at, args, rows)
        return Point(above + mixed, gradient, curved + beside)

    def optimality(self, w: jax.Array, args: Any) -> jax.Array:
        """The condition, of the losses in full."""
        return jnp.concatenate(self.directions(self.point(w), args))
