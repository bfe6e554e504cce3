"""What came of a solve: the point, and whether it can be trusted."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import jax
import jax.numpy as jnp


class Status(IntEnum):
    """How a solve ended. `sentence` says it to a user."""

    CONVERGED = 0
    STEPS = 1
    NOT_FINITE = 2
    STALLED = 3
    INFEASIBLE = 4
    SINGULAR = 5
    UNBOUNDED = 6

    @property
    def sentence(self) -> str:
        """What happened, and what to do."""
        return _SENTENCES[self]


_SENTENCES = {
    Status.CONVERGED: "converged",
    Status.STEPS: "the steps were used up before the tolerance was met: give more `steps`, or a better start by `from`",
    Status.NOT_FINITE: (
        "a value or a derivative is not finite: the start is outside the domain, a step left it, or what is solved "
        "inside has no isolated solution, so that the derivative through it does not exist"
    ),
    Status.STALLED: "no step made progress: the tolerance is below what rounding allows, or the problem is not smooth",
    Status.INFEASIBLE: "the constraints cannot all be satisfied from here",
    Status.SINGULAR: (
        "a linear system is singular: no single point is the solution here; a loss has one if a small regulariser is "
        "added, such as `1e-6 * dot(w, w)`"
    ),
    Status.UNBOUNDED: "the objective has no lower bound on the constraints",
}


class Solution(NamedTuple):
    """`z` [n + multipliers]; `status` (int), `residual` (the largest entry of the optimality condition in absolute
    value) and `iterations` (int) are scalar arrays.
    """

    z: jax.Array
    status: jax.Array
    residual: jax.Array
    iterations: jax.Array

    def report(self) -> jax.Array:
        """[status, residual, iterations], in the type of the point; it has no derivative."""
        parts = (self.status, self.residual, self.iterations)
        return jax.lax.stop_gradient(jnp.stack([p.astype(self.z.dtype) for p in parts]))
