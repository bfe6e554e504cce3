"""Seconds for an effective draw: samplers of one step here and in BlackJAX, and our NUTS beside them.

`mala` and `barker` are the same algorithms; `ghmc` is ours and BlackJAX's of that name (one leapfrog step between partial
refreshments of the velocity; its correction is the persistent one of Neal 2020). All step on the emitted density, in
coordinates divided by the scales, with the step sizes and scales that our warmup has found, from our last draws: what is
compared is the steps. 4 chains make 1000 draws of 10 steps each; BlackJAX's kernel is driven by one compiled scan a
chain, chains in threads as ours. Compilation and warmup are left out. The figure is CPU seconds over the smallest bulk
effective sample size of the unconstrained coordinates. NUTS is timed with its warmup left out as well.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.cases import Case
from benchmarks.timing import interleave, ratio
from pushforward.api.running import Runner
from pushforward.runtime.diagnostics.ess import ess_bulk
from pushforward.runtime.samplers import executable, markov

CHAINS, DRAWS, THIN, WARMUP = 4, 1000, 10, 1000
SAMPLERS = ("mala", "barker", "ghmc")

Once = Callable[[int], tuple[float, Any, int]]  # seed to CPU seconds, draws [chains, draws, n], gradients


def measure(case: Case, rounds: int) -> dict[str, Any]:
    """Each sampler against BlackJAX's, rounds interleaved."""
    executable.enable_x64()
    runs: dict[str, Once] = {"nuts": _nuts(case)}
    for name in SAMPLERS:
        runs |= {name: (ours := _ours(case, name))[0], f"blackjax {name}": _blackjax(case, name, *ours[1:])}
    seen: dict[str, list[tuple[float, float, int]]] = {name: [] for name in runs}

    def once(name: str) -> float:
        seconds, draws, gradients = runs[name](100 + len(seen[name]))
        ess = float(ess_bulk(np.moveaxis(np.asarray(draws), 2, 0)).min())
        seen[name].append((seconds, ess, gradients))
        return seconds / ess

    measured = interleave({name: lambda name=name: once(name) for name in runs}, rounds)
    return {
        "cpu_s": {n: float(np.median([s for s, _, _ in r])) for n, r in seen.items()},
        "min_ess": {n: float(np.median([e for _, e, _ in r])) for n, r in seen.items()},
        "gradients": {n: float(np.median([g for _, _, g in r])) for n, r in seen.items()},
        "seconds_a_draw": {n: float(np.median(m)) for n, m in measured.items()},
        "ratios": {n: ratio(measured, n, f"blackjax {n}").against(1.0) for n in SAMPLERS},
    }  # fmt: skip


def _nuts(case: Case) -> Once:
    def once(seed: int) -> tuple[float, Any, int]:
        result = case.bound.sample(seed=seed, chains=CHAINS, warmup=WARMUP, draws=DRAWS).chains
        steps = int(result.n_leapfrog.sum())
        began = time.process_time()
        case.bound.sample(seed=seed, chains=CHAINS, warmup=WARMUP, draws=DRAWS)
        whole = time.process_time() - began
        return whole * steps / result.gradient_evaluations, result.positions, steps

    return once


def _ours(case: Case, name: str) -> tuple[Once, Any, Any, float]:
    """Ours, with the scales, the step size and the last positions of a run with warmup."""
    bound = case.bound
    found = bound.sample(by=name, seed=1, chains=CHAINS, warmup=WARMUP, draws=DRAWS, thin=THIN).chains
    scale = np.sqrt(found.inverse_metric.mean(axis=0))
    step, start = float(found.step_size[:, -1].mean()), found.positions[:, -1]
    runner, (density, prepared) = Runner.asked(bound, name, {}), case.emitted()
    assert runner.step is not None
    kernel = runner.step.kernel(case.dim, {})
    settings = {n: v for n, v in runner.resolved.items() if n not in ("step", "scale", "thin", "target_accept")}

    def once(seed: int) -> tuple[float, Any, int]:
        began = time.process_time()
        result = markov.run(
            kernel, density, prepared, case.dim, name=name, seed=seed, chains=CHAINS, warmup=0, draws=DRAWS,
            thin=THIN, step=step, scale=scale, settings=settings, init=start,
        )  # fmt: skip
        return time.process_time() - began, result.positions, result.gradient_evaluations

    once(0)
    return once, scale, start, step


def _blackjax(case: Case, name: str, scale: Any, start: Any, step: float) -> Once:
    import blackjax

    density, prepared = case.emitted()
    arrays = jax.tree.map(jnp.asarray, prepared)

    def whitened(r: Any) -> Any:
        return density(r * scale, arrays)

    match name:
        case "mala":
            algorithm = blackjax.mala(whitened, step)
        case "barker":
            algorithm = blackjax.barker_proposal(whitened, step)
        case _:
            # our friction 1 keeps exp(-step / 2) of the velocity in each of the two turns, and so exp(-step) of it
            keep = np.exp(-step)
            algorithm = blackjax.ghmc(whitened, step, jnp.ones(case.dim), 1 - keep**2, 0.5 * (1 - keep))

    def chain(position: Any, key: Any) -> Any:
        first, key = algorithm.init(position, key) if name == "ghmc" else algorithm.init(position), key

        def draw(state: Any, key: Any) -> tuple[Any, Any]:
            last = jax.lax.scan(lambda s, k: (algorithm.step(k, s)[0], None), state, jax.random.split(key, THIN))[0]
            return last, last.position

        return jax.lax.scan(draw, first, jax.random.split(key, DRAWS))[1]

    run = jax.jit(chain).lower(jnp.asarray(start[0] / scale), jax.random.key(0)).compile()

    def once(seed: int) -> tuple[float, Any, int]:
        keys = [jax.random.key(1000 * seed + i) for i in range(CHAINS)]
        began = time.process_time()
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            found = list(pool.map(lambda i: np.asarray(run(jnp.asarray(start[i] / scale), keys[i])), range(CHAINS)))
        return time.process_time() - began, np.stack(found) * scale, CHAINS * (DRAWS * THIN + 1)

    once(0)
    return once
