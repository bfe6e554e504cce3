"""BFGS with limited memory (Liu and Nocedal 1989), in its compact form (Byrd, Nocedal and Schnabel 1994, theorem 2.2).

    d = -B g,   B g = c g + S R^-T ((D + c Y'Y) u - c Y'g) - c Y u,   u = R^-1 S'g

from the last `memory` pairs, the columns of S and Y; R is the upper triangle of S'Y, D its diagonal, and c = s'y / y'y
of the newest pair. A few products with S and Y, instead of the two loops over pairs that give the same. Steps satisfy
Wolfe's conditions; where none does, the pairs are forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.line_search import Descent, descend, exact, power_of_two
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """Value and gradient at z. The pairs are rows, [memory, n], the newest last; `sy` is the upper triangle of their
    products s'y, [memory, memory], and `yy` that of y'y, all of it. A pair that is none is 0 everywhere."""

    value: jax.Array
    gradient: jax.Array
    s: jax.Array
    y: jax.Array
    sy: jax.Array
    yy: jax.Array


@dataclass(frozen=True)
class LBFGS:
    """A step is one or a few gradients, `memory` * n time and space."""

    tol: float = 1e-8
    steps: int = 1000
    memory: int = 10

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """The state at the start: no pairs."""
        value, gradient = jax.value_and_grad(problem.objective)(z, args)
        none, products = jnp.zeros((self.memory, z.size), z.dtype), jnp.zeros((self.memory, self.memory), z.dtype)
        memory = Memory(value, gradient, none, none, products, products)
        return State(z, size(gradient), jnp.asarray(Status.CONVERGED, jnp.int32), memory)

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One step."""
        gradient = now.memory.gradient
        fresh = now.memory.sy[-1, -1] == 0
        direction = -_product(now.memory)
        direction = jnp.where(direction @ gradient < 0, direction, -gradient)
        first = jnp.where(fresh, power_of_two(1 / jnp.maximum(1.0, size(gradient))), 1.0)
        z, value, following, good = _moved(problem, now, direction, args, first)
        pairs = _appended(now.memory, z - now.z, following - gradient)
        s, y, sy, yy = (jnp.where(good, p, 0.0) for p in pairs)
        status = jnp.where(good | ~fresh, Status.CONVERGED, Status.STALLED).astype(jnp.int32)
        return State(z, size(following), status, Memory(value, following, s, y, sy, yy))


def _moved(problem: Minimise, now: State, direction: jax.Array, args: Any, first: jax.Array) -> Descent:
    """Along a direction of descent: exactly if the loss is known to be quadratic, else by a search."""
    value, gradient = now.memory.value, now.memory.gradient
    if not problem.quadratic:
        return descend(problem, now.z, value, gradient, direction, args, first=first, curvature=0.9)
    t, good = exact(problem, now.z, gradient, direction, args)
    z = now.z + t * direction
    return Descent(z, value, jax.grad(problem.objective)(z, args), good)


def _appended(memory: Memory, step: jax.Array, change: jax.Array) -> tuple[jax.Array, ...]:
    """The pairs and their products with a newer one, if the loss curves up along it."""
    _, _, s, y, sy, yy = memory
    curved = step @ change > unit(s) * (change @ change)
    later_s, later_y = (jnp.concatenate([rows[1:], new[None]]) for rows, new in ((s, step), (y, change)))
    column, corner = later_s @ change, later_y @ change

    def shifted(products: jax.Array, column: jax.Array, row: jax.Array) -> jax.Array:
        inner = jnp.concatenate([products[1:, 1:], row[None, :-1]])
        return jnp.concatenate([inner, column[:, None]], axis=1)

    newer = (later_s, later_y, shifted(sy, column, jnp.zeros_like(column)), shifted(yy, corner, corner))
    return tuple(jnp.where(curved, new, old) for new, old in zip(newer, (s, y, sy, yy), strict=True))


def _product(memory: Memory) -> jax.Array:
    """B g. A pair that is none changes nothing."""
    _, gradient, s, y, sy, yy = memory
    diagonal = jnp.diagonal(sy)
    triangle = sy + jnp.diag(jnp.where(diagonal == 0, 1.0, 0.0))
    some = diagonal[-1] > 0
    c = jnp.where(some, diagonal[-1] / jnp.where(some, yy[-1, -1], 1.0), 1.0)
    u = jax.scipy.linalg.solve_triangular(triangle, s @ gradient)
    inner = diagonal * u + c * (yy @ u - y @ gradient)
    v = jax.scipy.linalg.solve_triangular(triangle, inner, trans="T")
    found: jax.Array = c * (gradient - u @ y) + v @ s
    return found
