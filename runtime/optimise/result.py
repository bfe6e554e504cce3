"""What fits take, report and give back. No JAX here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Estimate: TypeAlias = Callable[[Any, Any], Any]
Learner: TypeAlias = Callable[[Any, Any, Any], tuple[Any, Any, Any]]  # (params, state, key) -> (value, loss, state)
Params: TypeAlias = Any  # a pytree of floating arrays
Sense: TypeAlias = Literal["maximize", "minimize"]


class Outcome(Enum):
    """How a fit ended."""

    COMPLETED = "all steps were made"
    SETTLED = "the objective stopped improving by more than its noise, so the steps left were not made"
    STOPPED = "stopped before the last step; what it had is kept"
    UNMOVED = "no steps were made"
    VALUE = "the estimate of the objective was not finite; the last finite parameters are kept"
    GRADIENT = "the gradient was not finite; the last finite parameters are kept"
    UPDATE = "the update made a parameter infinite; the last finite parameters are kept. Use a smaller learning rate"

    @property
    def failed(self) -> bool:
        """Whether something was not finite."""
        return self in (Outcome.VALUE, Outcome.GRADIENT, Outcome.UPDATE)


@dataclass(frozen=True)
class Event:
    """How far a fit is, sent after each block of steps."""

    restart: int  # counted from 0
    restarts: int
    step: int  # steps made in this start
    steps: int
    value: float  # the objective, averaged over the block
    elapsed_s: float  # since the fit began


@dataclass(frozen=True, eq=False)
class Trace:
    """Estimates of the objective as the steps went by, at the parameters before each step."""

    steps: Array  # int[n], counted from 0
    values: Array  # f[n]


@dataclass(frozen=True)
class GradientNoise:
    """The gradient in one array of parameters at the end, from many draws."""

    mean_norm: float  # the norm of the mean of the draws
    sd: float  # of one draw: the square root of the sum of the variances of its elements


@dataclass(frozen=True, eq=False)
class FitResult:
    """A fit: the best start of all."""

    params: Params  # unconstrained, as the initial ones
    value: float  # the objective at `params`, from fresh estimates
    stderr: float  # of `value`
    estimates: int  # how many of them
    trace: Trace
    gradient_noise: Mapping[str, GradientNoise]  # by the path of the array in `params`
    converged: bool
    convergence: str  # a sentence that says why, or why not
    outcome: Outcome
    failed: tuple[str, ...]  # the arrays whose gradient or update was not finite
    steps_taken: int
    seconds: float
    restarts: tuple[float, ...]  # the value of every start; nan where there is none
    best_restart: int
    sense: Sense

    @property
    def stopped(self) -> bool:
        """Whether it was stopped from outside."""
        return self.outcome is Outcome.STOPPED

    @property
    def sentence(self) -> str:
        """How it ended, and at which step."""
        if self.outcome.failed:
            names = f" ({', '.join(self.failed)})" if self.failed else ""
            return f"at step {self.steps_taken}{names}, {self.outcome.value}"
        if self.outcome is Outcome.UNMOVED:
            return str(self.outcome.value)
        return f"{self.outcome.value} ({self.steps_taken:,} steps)"

    def __repr__(self) -> str:
        value = f"{self.value:.6g}" if math.isfinite(self.value) else str(self.value)
        return f"FitResult({value} ± {self.stderr:.2g}, {self.outcome.name.lower()}, converged={self.converged})"
