"""No derivative: what is found counts as a constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax

from pushforward.runtime.solvers.iterate import Solver, iterate
from pushforward.runtime.solvers.problem import Problem
from pushforward.runtime.solvers.solution import Solution


@dataclass(frozen=True)
class Stop:
    """The solver's solution, of derivative 0."""

    def solve(self, problem: Problem, solver: Solver, start: jax.Array, args: Any) -> Solution:
        """The solver's solution; its derivative in `args` is 0."""
        constant: tuple[jax.Array, Any] = jax.lax.stop_gradient((start, args))
        return iterate(solver, problem, *constant)
