"""A first-order derivative by a penalty (Kwon, Kwon, Wright and Nowak 2023, "A fully first-order method for stochastic
bilevel optimization"; F2SA).

    c'dz*/da  ~  (d/da objective(z_s, a) - d/da objective(z*, a)) / s,    z_s = argmin_z { objective(z, a) + s c'z }

Their penalty is lambda = 1/s and their outer loss is replaced by what it is to first order, c'z: all that a rule is
told of it. The bias is O(sigma), plus the solver's error over sigma: sigma is to be larger than the
root of `tol`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax

from pushforward.runtime.rules import envelope
from pushforward.runtime.solvers.iterate import Solver
from pushforward.runtime.solvers.problem import Minimise, Problem, Saddle
from pushforward.runtime.solvers.solution import Solution
from pushforward.runtime.solvers.unsuitable import Unsuitable


@dataclass(frozen=True)
class Penalty:
    """For `argmin` and `saddle`, smooth or with a proximal operator, without constraints by equations. Reverse only."""

    sigma: float = 1e-3

    def solve(self, problem: Problem, solver: Solver, start: jax.Array, args: Any) -> Solution:
        """The solver's solution, with the derivative of the penalty, in reverse."""
        if not isinstance(problem, Minimise | Saddle):
            raise Unsuitable("penalty compares optimal values, and a root or a fixed point has none: take implicit")
        if isinstance(problem, Minimise) and not (problem.equality is None and problem.inequality is None):
            raise Unsuitable(
                "penalty does not see what constraints do to the optimal value: take value_function or implicit"
            )
        found: Solution = envelope.solve(problem, solver, self.sigma, start, args)
        return found
