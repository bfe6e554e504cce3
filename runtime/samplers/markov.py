"""Chains of a kernel: what callers use.

    run(kernel, log_density, data, dim, seed=0)  ->  ChainsResult

The kernel is in `kernel.py`, the compiled program in `stepping.py`, the rest as for NUTS. `step` and `scale` of the
kernel are adapted in warmup, unless they are given: the step size by dual averaging to `target_accept`, the scales as
the standard deviations of the draws in Stan's windows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from pushforward.runtime.samplers import executable, stepping
from pushforward.runtime.samplers.chains import Execute, Plan, capacity, control, fresh
from pushforward.runtime.samplers.kernel import Kernel
from pushforward.runtime.samplers.machine import Block, LogDensity
from pushforward.runtime.samplers.result import ChainsResult
from pushforward.runtime.samplers.runs import Watched, run_plan


def run(
    kernel: Kernel, log_density: LogDensity, data: Any, dim: int, *, name: str, seed: int, chains: int = 4,
    warmup: int = 1000, draws: int = 1000, thin: int = 10, target_accept: float = 0.6, step: float | None = None,
    scale: Any = None, settings: Mapping[str, Any] | None = None, init: Any = None, program_key: str | None = None,
    watched: Watched | None = None,
) -> ChainsResult:  # fmt: skip
    """Draw from the density on R^dim proportional to exp(log_density(q, data)) by steps of a kernel, of which each
    `thin`-th is kept; `warmup` and `draws` count those. `settings` are the other arguments of the kernel.

    Raises StartingPointError, CheckpointMismatch, Interrupted, ValueError for settings that make no sense."""
    given = () if scale is None else tuple(np.broadcast_to(np.asarray(scale, float), (dim,)).tolist())
    plan = Plan(
        seed, chains, warmup, draws, dim, 20, target_accept, dense=False, given=init is not None, algorithm=name,
        parts=len(kernel.states), rows=max(kernel.rows, 1), thin=thin, step=float(step or 0.0), scale=given,
        adapts_metric=kernel.scaled and scale is None,
    )  # fmt: skip
    _validate(plan, kernel, step)
    executable.enable_x64()
    fixed = np.asarray(step is not None or not kernel.sized)
    values = {n: np.asarray(v, np.float64) for n, v in (settings or {}).items()}
    adapting = np.asarray(kernel.log_density is not None and not (fixed and not plan.adapts_metric))
    whole = (data, values, np.asarray(thin, np.int32), fixed, adapting)

    def obtain() -> tuple[Execute, executable.Executable]:
        return _executable(kernel, log_density, whole, plan, program_key)

    found = run_plan(plan, obtain, whole, init, watched or Watched())
    return replace(_apart(found, plan), corrected=kernel.corrected)


def _apart(found: ChainsResult, plan: Plan) -> ChainsResult:
    """Each position of an ensemble as a chain."""
    if plan.rows == 1:
        return found
    chains, draws = found.positions.shape[:2]
    positions = found.positions.reshape(chains, draws, plan.rows, plan.dim).transpose(0, 2, 1, 3)

    def each(values: Any) -> Any:
        return np.repeat(values, plan.rows, axis=0)

    return replace(
        found, ensemble=True, positions=positions.reshape(chains * plan.rows, draws, plan.dim),
        log_density=each(found.log_density) / plan.rows, accept_stat=each(found.accept_stat),
        step_size=each(found.step_size), treedepth=each(found.treedepth), n_leapfrog=each(found.n_leapfrog),
        diverging=each(found.diverging), energy=each(found.energy), inverse_metric=each(found.inverse_metric),
    )  # fmt: skip


def _validate(plan: Plan, kernel: Kernel, step: float | None) -> None:
    for wrong, sentence in (
        (not 0 <= plan.seed < 2**64, f"seed must be in 0..2^64-1, not {plan.seed}"),
        (plan.chains < 1, f"chains must be at least 1, not {plan.chains}"),
        (plan.warmup < 0, f"warmup must be at least 0, not {plan.warmup}"),
        (plan.draws < 1, f"draws must be at least 1, not {plan.draws}"),
        (plan.rows > 1 and plan.given, f"the particles of {plan.algorithm} have different starts: leave out `init`"),
        (plan.thin < 1, f"thin must be at least 1, not {plan.thin}"),
        (plan.dim < 1, f"dim must be at least 1, not {plan.dim}"),
        (not 0 < plan.target_accept < 1, f"target_accept must be inside (0, 1), not {plan.target_accept}"),
        (step is not None and not step > 0, f"step must be above 0, not {step}"),
        (bool(plan.scale) and min(plan.scale) <= 0, "scale must be above 0"),
        (kernel.sized and step is None and kernel.log_density is None,
         f"the density of a step of {plan.algorithm} is not known, and so its step size cannot be found: give `step`"),
    ):  # fmt: skip
        if wrong:
            raise ValueError(sentence)


def _executable(
    kernel: Kernel, log_density: LogDensity, data: Any, plan: Plan, program_key: str | None
) -> tuple[Execute, executable.Executable]:
    size = capacity(plan.dim * plan.rows)

    def make() -> Callable[..., Any]:
        return stepping.program(kernel, log_density, size)

    blank = fresh(plan, np.zeros(plan.dim))
    on_device = jax.device_put(jax.tree.map(np.asarray, data))
    arguments = (blank.state, on_device, control(plan, blank, np.zeros(2, np.uint32), 1))
    result = Block(blank.state, *np.zeros(4))
    identity = ("kernel", program_key or (kernel, log_density), size)
    name = None if program_key is None else repr(("kernel", program_key, size))
    obtained = executable.obtain(make, identity, name, arguments, result)
    return lambda state, asked: obtained.call(state, on_device, asked), obtained
