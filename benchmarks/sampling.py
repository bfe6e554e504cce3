"""Seconds for an effective draw: NUTS here and in NumPyro, same settings, same estimator, compilation left
out.

Each has a process, which runs once to compile and then again and again, with other seeds, for the clock, the two
in turn: 4 chains of 1000 warmup transitions and 1000 draws, target acceptance 0.8, depth 10, diagonal metric, as
many threads as there are cores. A round of a process is up to ten runs, within a few CPU seconds, for the smallest
effective sample size of a single one is uncertain by a tenth or two, which is more than what is compared; times
and sizes are added up. Ours is `Bound.sample` as a whole. NumPyro's `MCMC.run` compiles in every call, so that it
cannot be timed: its kernel is driven by one compiled scan a chain, and starting points are found before the
clock starts. Both processes have the same XLA flags. The figure is wall and CPU seconds of warmup and
sampling over the smallest bulk effective sample size of all scalars of the unobserved variables.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np

from benchmarks import children
from benchmarks.cases import Case
from benchmarks.timing import interleave, ratio

SETTINGS = {"chains": 4, "warmup": 1000, "draws": 1000}
KINDS = ("pushforward", "numpyro")
REPEATS, ENOUGH_SECONDS = 10, 3.0

Run = Callable[[int], dict[str, Any]]  # of a seed


def measure(name: str, rounds: int, loops: str) -> dict[str, Any]:
    """Seconds for an effective draw of both, interleaved between two processes."""
    results: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    environment = children.loops_environment(loops)
    with ExitStack() as stack:
        workers = {
            kind: stack.enter_context(children.worker("benchmarks.sampling", [kind, name], environment)) for kind in KINDS
        }

        def once(kind: str) -> float:
            result = workers[kind](str(len(results[kind]) + 1))
            results[kind].append(result)
            return float(result["wall_s"] / result["min_ess"])

        interleave({kind: partial(once, kind) for kind in KINDS}, rounds)

    def each(what: str) -> dict[str, list[float]]:
        """Seconds for an effective draw: smaller is better, as everywhere here."""
        return {kind: [r[what] / r["min_ess"] for r in found] for kind, found in results.items()}

    def median(what: str) -> dict[str, float]:
        return {kind: float(np.median([r[what] for r in found])) for kind, found in results.items()}

    return {
        "min_ess": median("min_ess"), "wall_s": median("wall_s"), "cpu_s": median("cpu_s"),
        "gradients": median("gradients"), "divergences": median("divergences"),
        "wall": ratio(each("wall_s"), *KINDS).against(1.0),
        "cpu": ratio(each("cpu_s"), *KINDS).against(1.0),
    }  # fmt: skip


def min_bulk_ess(draws: Mapping[str, Any]) -> float:
    """The smallest over all scalars of arrays [chains, draws, ...]; what does not vary is left out."""
    from pushforward.runtime.diagnostics.ess import ess_bulk

    columns = [np.asarray(v, float).reshape(*np.shape(v)[:2], -1) for v in draws.values()]
    every = np.moveaxis(np.concatenate(columns, axis=2), 2, 0)
    return float(ess_bulk(every[np.ptp(every, axis=(1, 2)) > 0]).min())


def _added_up(run: Run, seed: int) -> dict[str, Any]:
    """The means over runs with seeds that follow from `seed`."""
    runs: list[dict[str, Any]] = []
    began = time.process_time()
    while len(runs) < REPEATS and time.process_time() - began < ENOUGH_SECONDS:
        runs.append(run(100 * seed + len(runs)))
    return {what: float(np.mean([r[what] for r in runs])) for what in runs[0]} | {"runs": len(runs)}


def _pushforward(case: Case) -> Run:
    bound = case.bound

    def run(seed: int) -> dict[str, Any]:
        began, began_cpu = time.perf_counter(), time.process_time()
        posterior = bound.sample(seed=seed, **SETTINGS)
        wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        seen = posterior.diagnostics
        return {
            "wall_s": wall, "cpu_s": cpu, "min_ess": min_bulk_ess({n: posterior[n] for n in case.latent}),
            "gradients": seen["gradient_evaluations"], "divergences": seen["divergences"],
        }  # fmt: skip

    run(0)
    return run


def _numpyro(case: Case) -> Run:
    from concurrent.futures import ThreadPoolExecutor

    import jax
    import numpyro

    numpyro.enable_x64()
    start, run_chain, constrain = _numpyro_programs(case)

    def chain(state: Any) -> Any:
        return jax.tree.map(np.asarray, run_chain(state))

    def run(seed: int) -> dict[str, Any]:
        states = [start(jax.random.PRNGKey(1000 * seed + index)) for index in range(SETTINGS["chains"])]
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            began, began_cpu = time.perf_counter(), time.process_time()
            finished = list(pool.map(chain, states))
            wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        positions, steps, diverging = (
            jax.tree.map(lambda *x: np.stack(x), *part) for part in zip(*finished, strict=True)
        )
        draws = {n: v for n, v in constrain(positions).items() if n in case.latent}
        return {
            "wall_s": wall, "cpu_s": cpu, "min_ess": min_bulk_ess(draws), "gradients": int(steps.sum()),
            "divergences": int(diverging[:, SETTINGS["warmup"] :].sum()),
        }  # fmt: skip

    run(0)
    return run


def _numpyro_programs(case: Case) -> tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any]]:
    """NumPyro's kernel: key to state; state to draws, steps, divergences of a whole chain; draws to values."""
    import jax
    from numpyro.infer import NUTS

    module = case.numpyro_module
    arguments = module.arguments(case.data)
    static = {n: v for n, v in arguments.items() if isinstance(v, int)}
    arrays = {n: jax.numpy.asarray(v) for n, v in arguments.items() if n not in static}
    kernel = NUTS(partial(module.model, **static))
    total = SETTINGS["warmup"] + SETTINGS["draws"]

    def start(key: Any) -> Any:
        return kernel.init(key, SETTINGS["warmup"], None, model_args=(), model_kwargs=arrays)

    def transition(state: Any, _: Any) -> tuple[Any, Any]:
        state = kernel.sample(state, (), arrays)
        return state, (state.z, state.num_steps, state.diverging)

    def run(state: Any) -> Any:
        _, (z, steps, diverging) = jax.lax.scan(transition, state, length=total)
        return jax.tree.map(lambda x: x[SETTINGS["warmup"] :], z), steps, diverging

    def constrain(positions: Any) -> Any:
        return jax.jit(jax.vmap(jax.vmap(kernel.postprocess_fn((), arrays))))(positions)

    compiled = jax.jit(run).lower(start(jax.random.PRNGKey(0))).compile()
    return start, compiled, constrain


def main() -> None:
    """What the child does: a round for each seed that it reads."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("name")
    args = parser.parse_args()
    run = (_pushforward if args.kind == "pushforward" else _numpyro)(Case(args.name))
    for line in sys.stdin:
        print(json.dumps(_added_up(run, int(line))), flush=True)


if __name__ == "__main__":
    main()
