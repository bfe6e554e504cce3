"""Running chains: the host's side of the machine.

Each chain is advanced block by block by a thread; XLA releases Python's lock while it computes. Chains are
never batched into one program, so a chain's bits depend neither on how many there are nor on the cores. After
every block a chain is an immutable `Chain` value: what is published for progress and checkpoints is always
the whole truth about some moment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, Queue
from typing import TypeAlias

import jax
import numpy as np

from pushforward.runtime.samplers import adaptation
from pushforward.runtime.samplers.counter import host_key
from pushforward.runtime.samplers.machine import ADAPT, FAILED, SETTLE, START, Block, ChainState, Control
from pushforward.runtime.samplers.result import Array, StartingPointError

Execute: TypeAlias = Callable[[ChainState, Control], Block]

BLOCK_SECONDS = 0.25  # how long a call is meant to take, so that a run can be stopped and watched
FIRST_BUDGET, LARGEST_BUDGET, GROWTH = 256, 2**30, 64  # few calls, for each costs the host time
TRIES = 100


@dataclass(frozen=True)
class Plan:
    """What to run; the draws are a function of this, the density, the data and the initial positions."""

    seed: int
    chains: int
    warmup: int
    draws: int
    dim: int
    max_treedepth: int
    target_accept: float
    dense: bool
    given: bool  # whether initial positions are given
    algorithm: str = "nuts"
    parts: int = 1  # of a state: position and velocity are two
    rows: int = 1  # positions in a state: several of an ensemble
    thin: int = 1  # steps to a draw
    step: float = 0.0  # the step size that is given; 0: it is searched for and adapted
    scale: tuple[float, ...] = ()  # the scales that are given
    adapts_metric: bool = True

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """The ranges of warmup whose draws estimate a metric."""
        return adaptation.windows(self.warmup) if self.adapts_metric else ()


@dataclass(frozen=True)
class Chain:
    """A chain between two blocks."""

    state: ChainState
    window: tuple[Array, ...] = ()  # draws of the current window of warmup, in chunks [k, n]
    positions: tuple[Array, ...] = ()  # draws kept, in chunks [k, n]
    statistics: tuple[Array, ...] = ()  # in chunks [k, len(STATISTICS)]
    gradients: int = 0
    warmup_s: float = 0.0
    sampling_s: float = 0.0

    @property
    def iteration(self) -> int:
        """How many transitions were made."""
        return int(self.state.iteration)


def capacity(dim: int) -> int:
    """The most transitions a call can make: a function of the dimension, so that programs are shared."""
    return min(1024, max(16, 2**19 // dim))


def fresh(plan: Plan, initial: Array) -> Chain:
    """A chain that has done nothing, at an initial position f64[n] (ignored unless positions are given)."""
    zero, count = np.zeros(()), np.zeros((), np.int32)
    scale = np.eye(plan.dim) if plan.dense else np.ones(plan.dim)
    scale = np.asarray(plan.scale, np.float64) if plan.scale else scale
    step = adaptation.StepSize(np.full((), plan.step or 1.0), zero, zero, zero, zero)
    rest = np.zeros((plan.parts - 1) * plan.dim * plan.rows)
    positions = np.tile(np.asarray(initial, np.float64), plan.rows)
    q, phase = np.concatenate([positions, rest]), np.full((), START, np.int32)
    return Chain(ChainState(q, np.zeros(plan.dim * plan.rows), zero, scale, step, phase, count, count, count))


def control(plan: Plan, chain: Chain, key: Array, budget: int) -> Control:
    """What to ask for next: transitions up to the next edge of a window or phase, or to a full buffer."""
    begin = chain.iteration
    edges = (edge for window in plan.windows for edge in window)
    stop = min(edge for edge in (*edges, plan.warmup, plan.warmup + plan.draws) if edge > begin)
    size = capacity(plan.dim * plan.rows)
    index = begin + np.arange(size)
    flags = np.where(index < plan.warmup, ADAPT, 0) + np.where(index == plan.warmup - 1, SETTLE, 0)
    searching = begin == 0 and not plan.given
    return Control(
        key, flags.astype(np.int32), np.int32(min(stop - begin, size)), np.int32(budget),
        np.int32(plan.max_treedepth), np.float64(plan.target_accept), np.int32(TRIES if searching else 0),
    )  # fmt: skip


def absorb(plan: Plan, chain: Chain, block: Block, seconds: float) -> Chain:
    """The chain after a block; at the end of a window with a new metric, to search a step size again."""
    begin, done = chain.iteration, int(block.done)
    state = block.state
    draws, statistics = block.positions[:done].copy(), block.statistics[:done].copy()
    chain = replace(chain, state=state, gradients=chain.gradients + int(block.gradients))
    if begin >= plan.warmup:
        return replace(
            chain,
            positions=(*chain.positions, draws),
            statistics=(*chain.statistics, statistics),
            sampling_s=chain.sampling_s + seconds,
        )
    chain = replace(chain, warmup_s=chain.warmup_s + seconds)
    end = next((b for a, b in plan.windows if a <= begin < b), None)
    if end is None:
        return chain
    window = (*chain.window, draws)
    if begin + done < end:
        return replace(chain, window=window)
    scale = adaptation.metric_scale(np.concatenate(window), plan.dense)
    start = np.full((), START, np.int32)  # the point is looked at again: its force depends on the metric
    return replace(chain, window=(), state=state._replace(scale=scale, phase=start, attempt=np.zeros((), np.int32)))


def advance(plan: Plan, execute: Execute, index: int, chain: Chain, budget: int) -> Chain:
    """One block more. Raises StartingPointError."""
    key = np.asarray(host_key(plan.seed, index), np.uint32)
    began = time.perf_counter()
    block: Block = jax.tree.map(np.asarray, execute(chain.state, control(plan, chain, key, budget)))
    if int(block.state.phase) == FAILED:
        raise StartingPointError(index, block.state.q, float(block.state.log_density))
    return absorb(plan, chain, block, time.perf_counter() - began)


def complete(plan: Plan, chain: Chain) -> bool:
    """Whether the chain has all its draws."""
    return chain.iteration >= plan.warmup + plan.draws


def run_chain(
    plan: Plan,
    execute: Execute,
    index: int,
    chain: Chain,
    publish: Callable[[int, Chain], None],
    stop: Callable[[], bool],
) -> None:
    """Advance a chain to its end or until `stop()`, publishing it after every block.

    The budget of gradients follows the time they take; where blocks end has no influence on what they
    compute.
    """
    budget = FIRST_BUDGET
    while not complete(plan, chain) and not stop():
        began, before = time.perf_counter(), chain.gradients
        chain = advance(plan, execute, index, chain, budget)
        publish(index, chain)
        rate = (chain.gradients - before) / max(time.perf_counter() - began, 1e-9)
        budget = min(max(int(rate * BLOCK_SECONDS), 1), GROWTH * budget, LARGEST_BUDGET)


def run_chains(
    plan: Plan, execute: Execute, chains: Sequence[Chain], cores: int, watch: Callable[[int, Chain], None],
    stop: Callable[[], bool],
) -> list[Chain]:  # fmt: skip
    """Run chains over at most `cores` threads until all are complete or `stop()`; returns where they are.

    `watch` is called in this thread after blocks. Whatever it raises, or a chain, or the keyboard, ends the
    threads after the block each is in and then goes on to the caller.
    """
    current, news, halt = list(chains), Queue[int](), threading.Event()

    def publish(index: int, chain: Chain) -> None:
        current[index] = chain
        news.put(index)

    def ended() -> bool:
        return halt.is_set() or stop()

    with ThreadPoolExecutor(max(1, min(cores, plan.chains)), "chain") as pool:
        jobs = [pool.submit(run_chain, plan, execute, i, c, publish, ended) for i, c in enumerate(chains)]
        try:
            pending = set(jobs)
            while pending or not news.empty():
                for index in _drain(news, wait_s=0.2 if pending else 0.0):
                    watch(index, current[index])
                pending = {job for job in pending if not job.done()}
                _raise_first(jobs)
        finally:
            halt.set()
    return current


def _drain(news: Queue[int], wait_s: float) -> list[int]:
    """The chains that have moved, each once, after waiting for the first."""
    moved: dict[int, None] = {}
    with suppress(Empty):
        moved[news.get(timeout=wait_s) if wait_s else news.get_nowait()] = None
        while True:
            moved[news.get_nowait()] = None
    return list(moved)


def _raise_first(jobs: Sequence[Future[None]]) -> None:
    for job in jobs:
        if job.done() and (error := job.exception()) is not None:
            raise error
