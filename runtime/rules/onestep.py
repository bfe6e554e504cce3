"""The derivative of one step at the solution (Bolte, Pauwels and Vaiter 2023, "One-step differentiation of iterative
algorithms").

Right for a step that forgets where it started, such as Newton's: the error is of the order of the solver's. Of a step
that contracts distances by the factor q it lacks O(q).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax

from pushforward.runtime.rules.truncated import Truncated
from pushforward.runtime.solvers.iterate import Solver
from pushforward.runtime.solvers.problem import Problem
from pushforward.runtime.solvers.solution import Solution


@dataclass(frozen=True)
class OneStep:
    """First derivatives, forward and reverse."""

    def solve(self, problem: Problem, solver: Solver, start: jax.Array, args: Any) -> Solution:
        """The solver's solution, with the derivative of one more step in `args`."""
        return Truncated(1).solve(problem, solver, start, args)
