"""A hole of the core: what is solved for, as a function of what it depends on.

The bodies of a hole are programs of their own, closed over nothing: whatever they read from around the hole is an
argument. So a hole is an operation like any other to the passes, which may move it, batch it, or drop it, and cannot
look into it. `transforms/holes.py` plans the bodies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pushforward.compiler.core.atoms import Node
from pushforward.compiler.core.ir import Program
from pushforward.dsl.typed import Algorithm, Sampling
from pushforward.dsl.types import Array, Dim

#: status, residual, iterations
REPORT = Dim.const(3)


@dataclass(frozen=True)
class Part(Node):
    """One body: `objective`, `prox` and so on, of the unknowns and what they depend on. What it gives is the sum of its
    factors, or the fields of its return.
    """

    name: str
    program: Program


@dataclass(frozen=True)
class Hole(Node):
    """The operation takes a start for each of `unknowns`, then `given`, then the sizes, and gives a vector: the
    unknowns
    at the solution, flat, one after another, and behind them the report. To integrate takes the times after the start,
    and gives the state at each of them. A derivative (`grad`, `hessian`) is taken at the start; it
    has its own shape, and no report.
    """

    kind: Literal["argmin", "root", "fixpoint", "saddle", "bilevel", "integrate", "grad", "hessian"]
    unknowns: tuple[tuple[str, Array], ...]
    given: tuple[tuple[str, Array], ...]
    sizes: tuple[str, ...]
    parts: tuple[Part, ...]
    by: Algorithm
    at: Algorithm
    least: int = 0
    quadratic: bool = False
    step: str = ""
    times: Dim | None = None
    sampling: Sampling | None = None

    @property
    def reports(self) -> bool:
        """Whether something is solved, so that there is a report."""
        return self.kind not in ("grad", "hessian")

    def part(self, name: str) -> Program | None:
        """The body of this name."""
        return next((p.program for p in self.parts if p.name == name), None)
