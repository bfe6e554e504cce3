"""What a rule is."""

from __future__ import annotations

from typing import Any, Protocol

import jax

from pushforward.runtime.solvers.iterate import Solver
from pushforward.runtime.solvers.problem import Problem
from pushforward.runtime.solvers.solution import Solution


class Rule(Protocol):
    """See the package. Frozen, hashable."""

    def solve(self, problem: Problem, solver: Solver, start: jax.Array, args: Any) -> Solution: ...
