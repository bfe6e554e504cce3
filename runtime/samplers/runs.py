"""Running a plan to its end: checkpoints, progress, stopping and results, the same for all samplers.

Draws are a function of (density, data, plan, initial positions) and of nothing else: not of blocks, cores, the number
of chains, interruptions or progress callbacks.
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
from pushforward.runtime.samplers import executable
from pushforward.runtime.samplers.chains import (
    Chain,
    Execute,
    Plan,
    complete,
    fresh,
    run_chains,
)
from pushforward.runtime.samplers.machine import STATISTICS
from pushforward.runtime.samplers.result import (
    Array,
    ChainsResult,
    CheckpointMismatch,
    Interrupted,
    ProgressEvent,
    Timing,
)

_DIVERGING = STATISTICS.index("diverging")
_CHECKPOINT_SHARE = 0.1  # of the time, at most, goes into writing checkpoints


_DIVERGING = STATISTICS.index("diverging")
_CHECKPOINT_SHARE = 0.1  # of the time, at most, goes into writing checkpoints


@dataclass(frozen=True)
class Watched:
    """How a run is watched, stopped and kept; nothing here has an influence on what is drawn.

    `progress` is called in the caller's thread. `checkpoint` is a file, written at most every `every_s` seconds and at
    the end; with `resume` a run goes on from it, if it exists, to the same bits. `fingerprint` stands for the program.
    `keep`: after `stop`, the chains that have at least so many draws are the result, cut to the same number."""

    progress: Callable[[ProgressEvent], None] | None = None
    checkpoint: Path | None = None
    resume: bool = False
    every_s: float = 3.0
    stop: threading.Event | None = None
    cores: int | None = None
    fingerprint: str = ""
    keep: int | None = None


def run_plan(
    plan: Plan, obtain: Callable[[], tuple[Execute, executable.Executable]], data: Any, init: Any, watched: Watched
) -> ChainsResult:
    """Run what a plan says. `obtain` gives the compiled program; `data` are what its draws depend on besides.

    Raises StartingPointError, CheckpointMismatch, Interrupted (after `stop` or ctrl-C, unless draws are kept)."""
    began = time.perf_counter()
    initial = _initial(plan, init)
    checkpoint = watched.checkpoint
    mark, begun = "", [fresh(plan, row) for row in initial]
    if checkpoint is not None:
        structure = str(jax.tree.structure(data))
        settings = json.dumps({"format": 1, "program": watched.fingerprint, "data": structure, "plan": asdict(plan)})
        mark = checkpoints.fingerprint(settings, [initial, *jax.tree.leaves(data)])
        if watched.resume and checkpoint.exists():
            begun = _restore(begun, checkpoints.load(checkpoint, mark), checkpoint)

    execute, obtained = obtain()
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
        if time.perf_counter() - last_saved >= max(watched.every_s, last_cost / _CHECKPOINT_SHARE):
            save()
        if watched.progress is not None:
            watched.progress(_event(plan, index, chain, time.perf_counter() - began))

    halted = watched.stop.is_set if watched.stop is not None else lambda: False
    try:
        latest = run_chains(plan, execute, begun, watched.cores or os.cpu_count() or 1, watch, halted)
    except KeyboardInterrupt:
        save()
        raise Interrupted(checkpoint) from None
    save()
    if not all(complete(plan, chain) for chain in latest):
        latest = [] if watched.keep is None else _cut(latest, watched.keep)
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


def _initial(plan: Plan, init: Any) -> Array:
    if init is None:
        return np.zeros((plan.chains, plan.dim))
    initial = np.array(init, np.float64)
    if initial.shape != (plan.chains, plan.dim):
        raise ValueError(f"init must have shape ({plan.chains}, {plan.dim}), not {initial.shape}")
    return initial


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
        dim = chain.state.force.shape[0]
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
        algorithm=plan.algorithm,
        target_accept=plan.target_accept,
    )  # fmt: skip
