"""The No-U-Turn sampler: what callers use.

    run(log_density, data, dim, seed=0)  ->  ChainsResult

Multinomial NUTS with Stan's warmup. The tree is in `trajectory.py`, the compiled program in `machine.py`, the
schedule in `adaptation.py`, threads in `chains.py`. Draws are a function of (density, data, seed, warmup,
draws, settings) and of nothing else: not of blocks, cores, the number of chains, interruptions or progress
callbacks.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from pushforward.runtime.samplers import checkpoint as checkpoints
from pushforward.runtime.samplers import executable, machine
from pushforward.runtime.samplers.chains import (
    Chain,
    Execute,
    Plan,
    capacity,
    complete,
    control,
    fresh,
    run_chains,
)
from pushforward.runtime.samplers.machine import STATISTICS, Block, LogDensity
from pushforward.runtime.samplers.result import (
    Array,
    ChainsResult,
    CheckpointMismatch,
    Interrupted,
    ProgressEvent,
    Sampler,
    Timing,
)

_DIVERGING = STATISTICS.index("diverging")
_CHECKPOINT_SHARE = 0.1  # of the time, at most, goes into writing checkpoints


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
    began = time.perf_counter()
    executable.enable_x64()
    initial = _initial(plan, init)
    mark, begun = "", [fresh(plan, row) for row in initial]
    if checkpoint is not None:
        structure = str(jax.tree.structure(data))
        settings = json.dumps({"format": 1, "program": fingerprint, "data": structure, "plan": asdict(plan)})
        mark = checkpoints.fingerprint(settings, [initial, *jax.tree.leaves(data)])
        if resume and checkpoint.exists():
            begun = _restore(begun, checkpoints.load(checkpoint, mark), checkpoint)

    execute, obtained = _executable(log_density, data, plan, program_key)
    latest, last_saved, last_cost = list(begun), time.perf_counter(), 0.0

    def save() -> None:
        nonlocal last_saved, last_cost
        if checkpoint is not None:
            start = time.perf_counter()
            checkpoints.save(checkpoint, _arrays(latest), mark)
            last_saved = time.perf_counter()
            last_cost = last_saved - start

    def watch(index: int, chain: Chain) -> None:
        latest[index] = chain
        if time.perf_counter() - last_saved >= max(checkpoint_every_s, last_cost / _CHECKPOINT_SHARE):
            save()
        if progress is not None:
            progress(_event(plan, index, chain, time.perf_counter() - began))

    halted = stop.is_set if stop is not None else lambda: False
    try:
        latest = run_chains(plan, execute, begun, cores or os.cpu_count() or 1, watch, halted)
    except KeyboardInterrupt:
        save()
        raise Interrupted(checkpoint) from None
    save()
    if not all(complete(plan, chain) for chain in latest):
        latest = [] if keep is None else _cut(latest, keep)
    if not latest:
        raise Interrupted(checkpoint)
    return _result(plan, latest, obtained)


def _cut(chains: Sequence[Chain], least: int) -> list[Chain]:
    """The chains with at least so many draws, with as many as the shortest of them."""
    lengths = [sum(len(chunk) for chunk in chain.positions) for chain in chains]
    count = min((n for n in lengths if n >= least), default=0)
    return [
        replace(
            chain, positions=(np.concatenate(chain.positions)[:count],),
            statistics=(np.concatenate(chain.statistics)[:count],),
        )
        for chain, n in zip(chains, lengths, strict=True) if n >= least
    ]  # fmt: skip


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


def _initial(plan: Plan, init: Any) -> Array:
    if init is None:
        return np.zeros((plan.chains, plan.dim))
    initial = np.array(init, np.float64)
    if initial.shape != (plan.chains, plan.dim):
        raise ValueError(f"init must have shape ({plan.chains}, {plan.dim}), not {initial.shape}")
    return initial


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


def _event(plan: Plan, index: int, chain: Chain, elapsed_s: float) -> ProgressEvent:
    done = chain.iteration
    return ProgressEvent(
        chain=index, phase="warmup" if done < plan.warmup else "sampling", done=done,
        total=plan.warmup + plan.draws,
        divergences=int(sum(chunk[:, _DIVERGING].sum() for chunk in chain.statistics)),
        step_size=float(chain.state.step.size), gradients=chain.gradients, elapsed_s=elapsed_s,
    )  # fmt: skip


def _rows(chunks: Sequence[Array], width: int) -> Array:
    return np.concatenate([np.empty((0, width)), *chunks])


def _arrays(chains: Sequence[Chain]) -> dict[str, Any]:
    """The chains as named arrays."""
    arrays: dict[str, Any] = {}
    for index, chain in enumerate(chains):
        dim = chain.state.q.shape[0]
        parts = {f"state{i}": leaf for i, leaf in enumerate(jax.tree.leaves(chain.state))} | {
            "window": _rows(chain.window, dim),
            "positions": _rows(chain.positions, dim),
            "statistics": _rows(chain.statistics, len(STATISTICS)),
            "counts": np.array([chain.gradients]),
            "seconds": np.array([chain.warmup_s, chain.sampling_s]),
        }
        arrays |= {f"chain{index}.{name}": value for name, value in parts.items()}
    return arrays


def _restore(begun: Sequence[Chain], arrays: dict[str, Array], path: Path) -> list[Chain]:
    """The chains that `_arrays` named."""
    try:
        return [_restore_chain(chain, arrays, f"chain{index}.") for index, chain in enumerate(begun)]
    except KeyError as error:
        raise CheckpointMismatch(f"{path} cannot be read as a checkpoint: it has no {error}") from error


def _restore_chain(blank: Chain, arrays: dict[str, Array], prefix: str) -> Chain:
    leaves, structure = jax.tree.flatten(blank.state)
    state = jax.tree.unflatten(structure, [arrays[f"{prefix}state{i}"] for i in range(len(leaves))])
    warmup_s, sampling_s = arrays[prefix + "seconds"]
    return replace(
        blank, state=state, window=(arrays[prefix + "window"],), positions=(arrays[prefix + "positions"],),
        statistics=(arrays[prefix + "statistics"],), gradients=int(arrays[prefix + "counts"][0]),
        warmup_s=float(warmup_s), sampling_s=float(sampling_s),
    )  # fmt: skip


def _result(plan: Plan, chains: Sequence[Chain], obtained: executable.Executable) -> ChainsResult:
    statistics = np.stack([np.concatenate(chain.statistics) for chain in chains])
    column = {name: np.ascontiguousarray(statistics[..., i]) for i, name in enumerate(STATISTICS)}
    scales = np.stack([chain.state.scale for chain in chains])
    return ChainsResult(
        positions=np.stack([np.concatenate(chain.positions) for chain in chains]),
        log_density=column["log_density"], accept_stat=column["accept_stat"], step_size=column["step_size"],
        treedepth=column["treedepth"].astype(np.int64), n_leapfrog=column["n_leapfrog"].astype(np.int64),
        diverging=column["diverging"].astype(bool), energy=column["energy"],
        inverse_metric=np.einsum("cik,cjk->cij", scales, scales) if plan.dense else scales * scales,
        max_treedepth=plan.max_treedepth,
        timing=Timing(
            obtained.seconds, obtained.source,
            tuple(chain.warmup_s for chain in chains), tuple(chain.sampling_s for chain in chains),
        ),
        gradient_evaluations=sum(chain.gradients for chain in chains),
    )  # fmt: skip


SAMPLER = Sampler("nuts", "the No-U-Turn sampler with Stan's warmup", run)
