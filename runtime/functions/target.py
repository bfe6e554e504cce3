"""The density that a chain is sampling, as functions that a compiled step calls while it is traced.

    with asking(target):          # target(u) -> (log density, gradient)
        step(...)                 # calls log_density_at(u), gradient_at(u)

A point at which the density is known already costs nothing: points are the same where they are the same array.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp

Evaluation = tuple[jax.Array, jax.Array]


@dataclass
class Asked:
    """What is known of a density, at points. `smooth`: gradients are asked for, so that the value comes with them."""

    density: Callable[[jax.Array], jax.Array]
    smooth: bool = True
    known: list[tuple[jax.Array, Evaluation]] = field(default_factory=list)
    count: int = 0  # of evaluations that the program makes

    def tell(self, point: jax.Array, value: jax.Array, gradient: jax.Array) -> None:
        """Value and gradient at a point are known."""
        self.known.append((point, (value, gradient)))

    def at(self, point: jax.Array) -> Evaluation:
        """Value and gradient (zero if none is asked for) at a point, computed once; of several points, the rows of a
        matrix, the sum of the values and each gradient.
        """
        found = next((e for p, e in self.known if p is point), None)
        if found is None:
            one = jax.value_and_grad(self.density) if self.smooth else lambda u: (self.density(u), jnp.zeros_like(u))
            self.count += 1 if point.ndim == 1 else point.shape[0]
            value, gradient = one(point) if point.ndim == 1 else jax.vmap(one)(point)
            found = value.astype(jnp.float64).sum(), gradient
            self.tell(point, *found)
        return found


_current: ContextVar[Asked] = ContextVar("target")


@contextmanager
def asking(target: Asked) -> Iterator[Asked]:
    """Let compiled steps ask for this density."""
    token = _current.set(target)
    try:
        yield target
    finally:
        _current.reset(token)


def log_density_at(u: jax.Array) -> jax.Array:
    """The log density."""
    return _current.get().at(u)[0]


def gradient_at(u: jax.Array) -> jax.Array:
    """Its gradient."""
    return _current.get().at(u)[1]


def hessian_at(u: jax.Array) -> jax.Array:
    """Its matrix of second derivatives."""
    target = _current.get()
    target.count += u.shape[0]
    found: jax.Array = jax.hessian(target.density)(u)
    return found
