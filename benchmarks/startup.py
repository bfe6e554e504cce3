"""From source to the first gradient, each time in a fresh process with cold caches.

Ours reads the `.pf` file and the data, checks, compiles and executes the module; NumPyro imports a model
that Python has compiled already, and initialises it. Then both go the same way:
`jax.jit(jax.value_and_grad(...))` at one point, traced and compiled by XLA with its default options.
`ready` leaves out the import of the libraries, `process` is the whole of it.
"""

from __future__ import annotations

import argparse
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import children
from benchmarks.timing import interleave, ratio

COLD = {"PUSHFORWARD_CACHE": "off", "JAX_ENABLE_COMPILATION_CACHE": "false"}


def measure(name: str, rounds: int) -> dict[str, Any]:
    """Seconds of both, interleaved."""
    costs: dict[str, list[children.Cost]] = {"pushforward": [], "numpyro": []}

    def once(kind: str) -> float:
        cost = children.run("benchmarks.startup", [kind, name], COLD)
        costs[kind].append(cost)
        return cost.cpu_s

    cpu = interleave({kind: partial(once, kind) for kind in costs}, rounds)
    ready = {kind: [c.result["ready_s"] for c in found] for kind, found in costs.items()}
    ready_cpu = {kind: [c.result["ready_cpu_s"] for c in found] for kind, found in costs.items()}
    return {
        "ready_s": {kind: min(times) for kind, times in ready.items()},
        "ready_cpu_s": {kind: min(times) for kind, times in ready_cpu.items()},
        "cpu_s": {kind: min(times) for kind, times in cpu.items()},
        "ready": ratio(ready_cpu, "pushforward", "numpyro").against(1.0),
        "process": ratio(cpu, "pushforward", "numpyro").against(1.0),
    }


def _pushforward(name: str) -> tuple[float, float]:
    import jax

    import pushforward
    from benchmarks.cases import POSTERIORS
    from pushforward.runtime.samplers.executable import enable_x64

    enable_x64()
    began = time.perf_counter(), time.process_time()
    folder = POSTERIORS / name
    bound = (
        pushforward.load(folder / "model.pf").only().with_data(json.loads((folder / "data.json").read_text()))
    )
    import numpy as np

    point = np.full(bound.dimension, 0.1)
    jax.jit(jax.value_and_grad(bound.log_density_unconstrained))(point)[1].block_until_ready()
    return began


def _numpyro(name: str) -> tuple[float, float]:
    from importlib import import_module

    import jax
    import numpyro
    from numpyro.infer.util import initialize_model

    from benchmarks.cases import POSTERIORS

    numpyro.enable_x64()
    began = time.perf_counter(), time.process_time()
    module = import_module(f"benchmarks.numpyro_models.{name}")
    arguments = module.arguments(json.loads((Path(POSTERIORS) / name / "data.json").read_text()))
    found = initialize_model(jax.random.PRNGKey(0), partial(module.model, **arguments))
    jax.jit(jax.value_and_grad(found.potential_fn))(found.param_info.z)[0].block_until_ready()
    return began


def main() -> None:
    """What the child does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("pushforward", "numpyro"))
    parser.add_argument("name")
    args = parser.parse_args()
    began, began_cpu = (_pushforward if args.kind == "pushforward" else _numpyro)(args.name)
    print(
        json.dumps({"ready_s": time.perf_counter() - began, "ready_cpu_s": time.process_time() - began_cpu})
    )


if __name__ == "__main__":
    main()
