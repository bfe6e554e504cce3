"""What runs of chains take, report, give back and raise; shared by all samplers. No JAX here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Sampler:
    """A sampler as the registry knows it."""

    name: str
    sentence: str
    run: Callable[..., ChainsResult]


@dataclass(frozen=True)
class ProgressEvent:
    """How far one chain is, sent after each block of transitions."""

    chain: int
    phase: str  # "warmup" or "sampling"
    done: int  # transitions, of both phases
    total: int
    divergences: int  # after warmup
    step_size: float
    gradients: int
    elapsed_s: float  # since the run began


@dataclass(frozen=True)
class Timing:
    """Wall time in seconds, to get the executable and in each chain's phases."""

    compile_s: float
    source: str  # where the executable came from: "compiled", "file" or "memory"
    warmup_s: tuple[float, ...]
    sampling_s: tuple[float, ...]


@dataclass(frozen=True)
class ChainsResult:
    """Draws and statistics after warmup; arrays begin with [chains, draws]."""

    positions: Array  # f64[chains, draws, dim]
    log_density: Array
    accept_stat: Array
    step_size: Array
    treedepth: Array  # int64
    n_leapfrog: Array  # int64
    diverging: Array  # bool
    energy: Array
    inverse_metric: Array  # f64[chains, dim], or f64[chains, dim, dim] when dense
    max_treedepth: int
    timing: Timing
    gradient_evaluations: int  # of all chains, warmup included
    algorithm: str = "nuts"
    target_accept: float = 0.8
    ensemble: bool = False  # whether each chain is a particle of an ensemble; `log_density` is then of all of them
    corrected: bool = True  # whether the law of the draws is the posterior, but for what chains of any length have


class StartingPointError(Exception):
    """No point with a finite density and gradient was found; holds the last one looked at."""

    def __init__(self, chain: int, position: Array, value: float) -> None:
        super().__init__(
            f"chain {chain} found no starting point: the log density at the last one looked at is {value:g}"
            + (", and its gradient is not finite" if np.isfinite(value) else "")
        )
        self.chain, self.position, self.value = chain, position, value


class Interrupted(Exception):
    """The run was stopped; what it had is in the checkpoint, if there is one."""

    def __init__(self, checkpoint: Path | None) -> None:
        super().__init__(f"stopped; resume from {checkpoint}" if checkpoint else "stopped; nothing was kept")
        self.checkpoint = checkpoint


class CheckpointMismatch(Exception):
    """The checkpoint belongs to another run, or cannot be read."""
