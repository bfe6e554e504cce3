"""The derivative of the last k iterations (Shaban, Cheng, Hatch and Boots 2019, "Truncated back-propagation for bilevel
optimization").

The optimum is reached first, without derivatives; from there the solver takes k steps more, as from a new start, and
they are what is differentiated. The point itself is the solver's. Where a step contracts distances by the factor q,
what the derivative lacks is O(q^k); it is the same as `implicit(neumann(k, step))` for
gradient descent with a constant step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax

from pushforward.runtime.solvers.iterate import Solver, State, iterate
from pushforward.runtime.solvers.problem import Problem
from pushforward.runtime.solvers.solution import Solution


@dataclass(frozen=True)
class Truncated:
    """`k` steps: forward, reverse; derivatives of higher order lack more.

    Newton's k steps are right up to order 2^k - 1.
    """

    k: int = 10

    def solve(self, problem: Problem, solver: Solver, start: jax.Array, args: Any) -> Solution:
        """The solver's solution, with the derivative of k more steps in `args`."""
        found = jax.lax.stop_gradient(iterate(solver, problem, *jax.lax.stop_gradient((start, args))))
        # A new start, not the last state: what a solver remembers of the last step was computed from constant `args`.
        begun = solver.init(problem, found.z, args)

        @jax.checkpoint
        def step(now: State, _: None) -> tuple[State, None]:
            return solver.step(problem, now, args), None

        last, _ = jax.lax.scan(step, begun, None, length=self.k)
        return found._replace(z=found.z + (last.z - jax.lax.stop_gradient(last.z)))
