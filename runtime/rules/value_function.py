"""The derivative by the value function, for constrained problems (after Yao, Yu, Xu, Zeng and Zhang 2024, "Constrained
bi-level optimization: proximal Lagrangian value function approach and Hessian-free algorithm"; LV-HBA).

    c'dz*/da  ~  (d/da L(z_s, mu_s, a) - d/da L(z*, mu*, a)) / s
    L(z, mu, a) = objective + mu' constraints

where (z_s, mu_s) solves the problem with s c'z added. It is `penalty` with the multipliers, without which the
derivative of an optimal value in what the constraints depend on is wrong.

What differs from the paper: theirs is a single loop, in which z and the multipliers are held near by proximal terms,
|z - z'|^2 / (2 g1) - |mu - mu'|^2 / (2 g2), so that the value function is smooth where the lower level is not
strongly convex or its multipliers are not unique. Here both problems are solved, and the terms are left out, since
with the centre at z* they would bias the derivative (the Hessian would become that plus I / g1). So what the implicit
rule needs is needed: unique multipliers and strict complementarity. The bias is then O(sigma), plus the solver's
error over sigma, as long as sigma is so small that the same inequalities are active.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax

from pushforward.runtime.rules import envelope
from pushforward.runtime.solvers.iterate import Solver
from pushforward.runtime.solvers.problem import Minimise, Problem
from pushforward.runtime.solvers.solution import Solution
from pushforward.runtime.solvers.unsuitable import Unsuitable


@dataclass(frozen=True)
class ValueFunction:
    """For `argmin`, with or without constraints, by a solver that gives multipliers for them. Reverse only."""

    sigma: float = 1e-3

    def solve(self, problem: Problem, solver: Solver, start: jax.Array, args: Any) -> Solution:
        """The solver's solution, with the derivative by the value function, in reverse."""
        if not isinstance(problem, Minimise):
            raise Unsuitable("value_function compares optimal values: it is for argmin. Take implicit")
        found: Solution = envelope.solve(problem, solver, self.sigma, start, args)
        return found
