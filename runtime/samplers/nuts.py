"""The No-U-Turn sampler: what callers use.

    run(log_density, data, dim, seed=0)  ->  ChainsResult

Multinomial NUTS with Stan's warmup. The tree is in `trajectory.py`, the compiled program in `machine.py`, the
schedule in `adaptation.py`, threads in `chains.py`, checkpoints and results in `runs.py`. Draws are a function of
(density, data, seed, warmup, draws, settings) and of nothing else: not of blocks, cores, the number of chains,
interruptions or progress callbacks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from pushforward.runtime.samplers import executable, machine
from pushforward.runtime.samplers.chains import Execute, Plan, capacity, control, fresh
from pushforward.runtime.samplers.machine import Block, LogDensity
from pushforward.runtime.samplers.result import ChainsResult, ProgressEvent, Sampler
from pushforward.runtime.samplers.runs import Watched, run_plan


@dataclass(frozen=True)
class Deferred:
    """A log density that is imported or built only if it must be compiled."""

    load: Callable[[], LogDensity]


def run(
    log_density: LogDensity | Deferred, data: Any, dim: int, *, seed: int, chains: int = 4,
    warmup: int = 1000, draws: int = 1000, max_treedepth: int = 10, target_accept: float = 0.8,
    metric: str = "diag", init: Any = None, progress: Callable[[ProgressEvent], None] | None = None,
    checkpoint: Path | None = None, resume: bool = False, checkpoint_every_s: float = 3.0,
    stop: threading.Event | None = None, cores: int | None = None,
    fingerprint: str = "", program_key: str | None = None, keep: int | None = None,
) -> ChainsResult:  # fmt: skip
    """Draw from the density on R^dim proportional to exp(log_density(q, data)).

    `log_density(q: f64[dim], data) -> f64[]`; `data` is a pytree of arrays, an argument of the compiled
    program. `init` is f64[chains, dim], else starting points are uniform on (-2, 2). `seed` is in 0..2^64-1.
    `progress` is called in the caller's thread. `checkpoint` is a file, written at most every
    `checkpoint_every_s` seconds and at the end; with `resume` a run goes on from it, if it exists, to the
    same bits. `fingerprint` stands for the program in it (data and settings are added). `program_key`
    identifies the program across processes; with it the executable itself is kept in the compilation cache's
    folder. `keep`: after `stop`, the chains that have at least so many draws are the result, cut to the same number.

    Raises StartingPointError, CheckpointMismatch, Interrupted (after `stop` or ctrl-C, unless draws are kept),
    ValueError for settings that make no sense.
    """
    plan = Plan(seed, chains, warmup, draws, dim, max_treedepth, target_accept, metric == "dense", init is not None)
    _validate(plan, metric)
    watched = Watched(progress, checkpoint, resume, checkpoint_every_s, stop, cores, fingerprint, keep)
    executable.enable_x64()
    return run_plan(plan, lambda: _executable(log_density, data, plan, program_key), data, init, watched)


def _validate(plan: Plan, metric: str) -> None:
    for wrong, sentence in (
        (not 0 <= plan.seed < 2**64, f"seed must be in 0..2^64-1, not {plan.seed}"),
        (plan.chains < 1, f"chains must be at least 1, not {plan.chains}"),
        (plan.warmup < 0, f"warmup must be at least 0, not {plan.warmup}"),
        (plan.draws < 1, f"draws must be at least 1, not {plan.draws}"),
        (plan.dim < 1, f"dim must be at least 1, not {plan.dim}"),
        (not 1 <= plan.max_treedepth <= 20, f"max_treedepth must be in 1..20, not {plan.max_treedepth}"),
        (not 0 < plan.target_accept < 1, f"target_accept must be inside (0, 1), not {plan.target_accept}"),
        (metric not in ("diag", "dense"), f"metric must be 'diag' or 'dense', not {metric!r}"),
    ):
        if wrong:
            raise ValueError(sentence)


def _executable(
    log_density: LogDensity | Deferred, data: Any, plan: Plan, program_key: str | None
) -> tuple[Execute, executable.Executable]:
    size, depths = capacity(plan.dim), max(10, plan.max_treedepth)

    def make() -> Callable[..., Any]:
        loaded = log_density.load() if isinstance(log_density, Deferred) else log_density
        return machine.program(loaded, size, depths)

    blank = fresh(plan, np.zeros(plan.dim))
    on_device = jax.device_put(jax.tree.map(np.asarray, data))
    arguments = (blank.state, on_device, control(plan, blank, np.zeros(2, np.uint32), 1))
    result = Block(blank.state, *np.zeros(4))
    identity = ("nuts", program_key or log_density, size, depths)
    name = None if program_key is None else repr(("nuts", program_key, size, depths))
    obtained = executable.obtain(make, identity, name, arguments, result)
    return lambda state, asked: obtained.call(state, on_device, asked), obtained


SAMPLER = Sampler("nuts", "the No-U-Turn sampler with Stan's warmup", run)
