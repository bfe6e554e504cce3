"""What came of a problem, or of the holes of any program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pushforward.compiler.transforms.reports import PREFIX
from pushforward.runtime.solvers.solution import Status


@dataclass(frozen=True)
class Report:
    """How one hole was solved: `where` is its name and line; arrays have an entry for each iteration of the loops around
    it.
    """

    where: str
    status: np.ndarray[Any, Any]
    residual: np.ndarray[Any, Any]
    iterations: np.ndarray[Any, Any]

    @property
    def converged(self) -> bool:
        """Whether every one converged."""
        return bool(np.all(self.status == Status.CONVERGED))

    @property
    def sentence(self) -> str:
        """What happened, in words."""
        worst = int(np.argmax(np.where(np.isfinite(self.residual), self.residual, np.inf)))
        status = Status(int(self.status.ravel()[worst]))
        count = int(np.sum(self.status != Status.CONVERGED))
        several = f"{count} of {self.status.size} solves: " if self.status.size > 1 else ""
        return f"{self.where}: {several}{status.sentence} (residual {float(self.residual.ravel()[worst]):.3g})"


@dataclass(frozen=True)
class Solved:
    """`values` are what the program gives back, by name; `reports` one for each hole, outermost first."""

    program: str
    values: Mapping[str, Any] = field(repr=False)
    reports: tuple[Report, ...]

    @staticmethod
    def of(program: str, found: Mapping[str, Any]) -> Solved:
        """From what an emitted `solve` gives."""
        values = {k: v for k, v in found.items() if not k.startswith(PREFIX)}
        reports = tuple(_report(k.removeprefix(PREFIX), v) for k, v in found.items() if k.startswith(PREFIX))
        return Solved(program, values, reports)

    @property
    def converged(self) -> bool:
        """Whether every hole was solved."""
        return all(r.converged for r in self.reports)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each hole that was not solved: a derivative taken there is of a point that is none."""
        return tuple(r.sentence for r in self.reports if not r.converged)

    def __getattr__(self, name: str) -> Any:
        values: Mapping[str, Any] = object.__getattribute__(self, "values")
        if name in values:
            return values[name]
        raise AttributeError(f"{self.program} gives {', '.join(values)}, not {name}")


def _report(where: str, found: Any) -> Report:
    array = np.asarray(found)
    label, _, line = where.partition("@")
    status, iterations = array[..., 0].astype(int), array[..., 2].astype(int)
    return Report(f"{label} in line {line}", status, array[..., 1], iterations)
