"""Anderson's acceleration of a fixed-point iteration (Anderson 1965; Walker and Ni 2011, "Anderson acceleration for
fixed-point iterations").

    z <- z + b f - (X + b G)' c,   c = argmin |f - G'c|^2 + l |c|^2,   f = T(z) - z

Row i of X [memory, n] is a change of z over one of the last steps and of G that of f; b is `mixing`, and l is
`regularisation`, for rows of G scaled to about length 1. For an affine map and enough memory it is GMRES. Equations F
= 0 are the map z - F(z).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.line_search import power_of_two
from pushforward.runtime.solvers.maps import displacement
from pushforward.runtime.solvers.problem import FixedPoint, Root
from pushforward.runtime.solvers.rounding import unit
from pushforward.runtime.solvers.solution import Status


class Memory(NamedTuple):
    """f, X and G; a row that is 0 is no change, and counts for nothing."""

    move: jax.Array
    changes: jax.Array
    images: jax.Array


@dataclass(frozen=True)
class Anderson:
    """A step is one value of the map and n `memory`^2 time; 2 `memory` vectors are stored."""

    tol: float = 1e-8
    steps: int = 1000
    memory: int = 5
    regularisation: float = 1e-14
    mixing: float = 1.0

    def init(self, problem: Root | FixedPoint, z: jax.Array, args: Any) -> State:
        """The state at the start: no changes yet."""
        move = displacement(problem, z, args)
        none = jnp.zeros((self.memory, z.size), z.dtype)
        return State(z, size(move), jnp.asarray(Status.CONVERGED, jnp.int32), Memory(move, none, none))

    def step(self, problem: Root | FixedPoint, now: State, args: Any) -> State:
        """One step."""
        move, changes, images = now.memory
        c = self._combination(images, move)
        z = now.z + self.mixing * move - (changes + self.mixing * images).T @ c
        following = displacement(problem, z, args)
        memory = Memory(
            following, jnp.concatenate([changes[1:], (z - now.z)[None]]),
            jnp.concatenate([images[1:], (following - move)[None]]),
        )  # fmt: skip
        return State(z, size(following), jnp.asarray(Status.CONVERGED, jnp.int32), memory)

    def _combination(self, images: jax.Array, move: jax.Array) -> jax.Array:
        """c, by a QR factorisation; l is at least what rounding asks for."""
        squares = jnp.sum(images**2, axis=1)
        # each change is scaled to about length 1, or small recent ones would not be seen beside large old ones
        scale = jnp.sqrt(power_of_two(squares))
        least = max(self.regularisation, unit(move))
        ridge = least**0.5 * jnp.eye(self.memory, dtype=move.dtype)
        augmented = jnp.concatenate([(images / scale[:, None]).T, ridge])
        q, r = jnp.linalg.qr(augmented)
        c: jax.Array = jax.scipy.linalg.solve_triangular(r, q[: move.size].T @ move)
        return c / scale
