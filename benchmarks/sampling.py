"""Effective draws a second: NUTS here and NUTS in NumPyro, same settings, same estimator, compilation left out.

Each runs once to compile and once more, with another seed, for the clock: 4 chains of 1000 warmup transitions and 1000 draws, target
acceptance 0.8, depth 10, diagonal metric. Ours takes as many threads as there are cores; NumPyro's `parallel` as many devices. Both
processes have the same XLA flags, and NumPyro's `run` is told not to compile again (`jit_model_args`). The figure is the smallest bulk effective sample
size over all scalars of the unobserved variables, a second of warmup and sampling, wall and CPU.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks import children
from benchmarks.cases import Case
from benchmarks.timing import interleave, ratio

SETTINGS = {"chains": 4, "warmup": 1000, "draws": 1000}
KINDS = ("pushforward", "numpyro")


def measure(name: str, rounds: int, loops: str) -> dict[str, Any]:
    """Effective draws a second of both, interleaved over processes; a ratio above one is in our favour."""
    results: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    environment = children.loops_environment(loops)

    def once(kind: str, seed: int) -> float:
        result = children.run("benchmarks.sampling", [kind, name, str(seed)], environment).result
        results[kind].append(result)
        return float(result["wall_s"] / result["min_ess"])

    seeds = {kind: iter(range(1, rounds + 1)) for kind in KINDS}
    interleave({kind: lambda kind=kind: once(kind, next(seeds[kind])) for kind in KINDS}, rounds)  # type: ignore[misc]

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


def _pushforward(case: Case, seed: int) -> dict[str, Any]:
    bound = case.bound
    bound.sample(seed=1000 + seed, **SETTINGS)
    began, began_cpu = time.perf_counter(), time.process_time()
    posterior = bound.sample(seed=seed, **SETTINGS)
    wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    seen = posterior.diagnostics
    return {
        "wall_s": wall, "cpu_s": cpu, "min_ess": min_bulk_ess({n: posterior[n] for n in case.latent}),
        "gradients": seen["gradient_evaluations"], "divergences": seen["divergences"],
    }  # fmt: skip


def _numpyro(case: Case, seed: int) -> dict[str, Any]:
    from functools import partial

    import jax
    import numpyro
    from numpyro.infer import MCMC, NUTS

    numpyro.set_host_device_count(min(4, len(os.sched_getaffinity(0))))
    numpyro.enable_x64()
    module = case.numpyro_module
    arguments = module.arguments(case.data)
    static = {n: v for n, v in arguments.items() if isinstance(v, int)}
    arrays = {n: jax.numpy.asarray(v) for n, v in arguments.items() if n not in static}
    chains = MCMC(
        NUTS(partial(module.model, **static)), num_warmup=SETTINGS["warmup"], num_samples=SETTINGS["draws"],
        num_chains=SETTINGS["chains"], chain_method="parallel", progress_bar=False, jit_model_args=True,
    )  # fmt: skip
    fields = ("num_steps", "diverging")
    chains.run(jax.random.PRNGKey(1000 + seed), extra_fields=fields, **arrays)
    jax.block_until_ready(chains.get_samples())
    began, began_cpu = time.perf_counter(), time.process_time()
    chains.run(jax.random.PRNGKey(seed), extra_fields=fields, **arrays)
    draws = jax.block_until_ready(chains.get_samples(group_by_chain=True))
    wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    extra = chains.get_extra_fields()
    latent = {n: v for n, v in draws.items() if n in case.latent}
    return {
        "wall_s": wall, "cpu_s": cpu, "min_ess": min_bulk_ess(latent),
        "gradients": int(extra["num_steps"].sum()), "divergences": int(extra["diverging"].sum()),
    }  # fmt: skip


def main() -> None:
    """What the child does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("name")
    parser.add_argument("seed", type=int)
    args = parser.parse_args()
    result = (_pushforward if args.kind == "pushforward" else _numpyro)(Case(args.name), args.seed)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
