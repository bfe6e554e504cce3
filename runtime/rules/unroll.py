"""The derivative of the solver's own iterations (Griewank and Walther 2008; Domke 2012).

It is that of the numbers that were computed, also where the solver did not arrive: it is wrong by as much as the
iterations are away from their limit (Blondel et al. 2022, figure 3). It passes through `start` too: of a few steps
from a start that depends on something (Finn et al. 2017) it is the derivative that is meant. A start that is already
a solution is left as it is, and so nothing depends on `args`.

The loop is one of scans in scans of 16, each of them checkpointed, so that in reverse about 16 states a level are kept,
instead of one a step, and each step is computed again once a level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import equinox.internal as eqxi
import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import Solver, State, solution, tolerance
from pushforward.runtime.solvers.problem import Problem
from pushforward.runtime.solvers.solution import Solution, Status


@dataclass(frozen=True)
class Unroll:
    """Forward, reverse, any number of times. Time and memory grow with the steps that are taken."""

    def solve(self, problem: Problem, solver: Solver, start: jax.Array, args: Any) -> Solution:
        """As `iterate`, with the derivative of what it does."""
        first = solver.init(problem, start, args)
        enough = jax.lax.stop_gradient(tolerance(solver, first))

        def going(carry: tuple[State, jax.Array]) -> jax.Array:
            now, n = carry
            return (now.residual > enough) & (now.status == Status.CONVERGED) & (n < solver.steps)

        def body(carry: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
            now, n = carry
            # What is done in a batch steps too, and is not looked at: from where it started, since a step from a
            # solution may have no derivative (that of a norm at 0) and 0 * NaN is NaN.
            live = going(carry)
            ahead = solver.step(problem, jax.tree.map(lambda x, y: jnp.where(live, x, y), now, first), args)
            return jax.tree.map(lambda x, y: jnp.where(live, x, y), ahead, now), n + live

        begun = (first, jnp.asarray(0, jnp.int32))
        last, n = eqxi.while_loop(going, body, begun, max_steps=solver.steps, kind="bounded")
        return solution(last, n, enough)
