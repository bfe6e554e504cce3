"""Learn to count, place and draw glyphs without being told how, with one word of `air.pf` changed at a time.

    python examples/objectives/air/run.py [STEPS [STRATEGY ...]]
"""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax

import pushforward as pf
from pushforward.api.guide import Guide
from pushforward.api.objective import BoundObjective

HERE = Path(__file__).parent
STRATEGIES = ("enum", "mvd", "score", "loo(2)")
WHAT, BATCH, RATE, BLOCK = 8, 32, 1e-3, 250


def programs(strategy: str, images: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    """The model of these scenes and its guide, whose presence is taken by this strategy."""
    text = (HERE / "air.pf").read_text(encoding="utf-8").replace("@ enum", f"@ {strategy}")
    module, sizes = pf.loads(text), {"B": BATCH, "K": WHAT}
    model = module.scenes(N=len(images), **sizes).condition(image=images)
    return model, module.look(image=images, **sizes)


def train(bound: BoundObjective, steps: int) -> tuple[Any, float, list[float]]:
    """Parameters after Adam's steps, steps a second after the first block, and the bound by block."""
    optimiser = optax.adam(RATE)
    estimate, sizes = bound.module.estimate, bound.sizes

    @partial(jax.jit, donate_argnums=0)
    def block(state: Any, keys: Any, data: Any) -> tuple[Any, Any]:
        def step(state: Any, key: Any) -> tuple[Any, Any]:
            params, memory = state
            value, gradient = jax.value_and_grad(lambda p: -estimate(sizes, data, p, key))(params)
            updates, memory = optimiser.update(gradient, memory, params)
            return (optax.apply_updates(params, updates), memory), -value

        return jax.lax.scan(step, state, keys)

    start = bound.initial()
    state, data, values = (start, optimiser.init(start)), bound.prepared, list[float]()
    blocks = jax.random.split(jax.random.key(0), (steps // BLOCK, BLOCK))
    began = 0.0
    for number, keys in enumerate(blocks):
        state, found = block(state, keys, data)
        values.append(float(found.mean()))
        began = began or time.perf_counter()
        print(f"    step {(number + 1) * BLOCK}: {values[-1]:.0f}", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    return state[0], (len(blocks) - 1) * BLOCK / max(seconds, 1e-9), values


def counts(bound: BoundObjective, params: Any, look: Any) -> np.ndarray[Any, Any]:
    """How many glyphs one draw of the guide finds in each scene of another program."""
    drawn = Guide(look, bound.params_of("q", params)).sample(1).posterior
    return np.asarray(drawn["first"] * (1 + drawn["second"]))[0, 0]


def main() -> None:
    """A line for each strategy."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    data = np.load(HERE / "scenes.npz")
    images, held_out, truth = data["images"].astype(float), data["held_out"].astype(float), data["held_out_counts"]
    print(f"{steps} steps of {BATCH} scenes; counting held-out scenes right by chance: {np.mean(truth == 1):.0%}")
    print("strategy   steps/s   nats a scene   counted right")
    for strategy in sys.argv[2:] or STRATEGIES:
        bound = pf.library.elbo(*programs(strategy, images))
        params, speed, values = train(bound, steps)
        right = counts(bound, params, programs(strategy, held_out)[1]) == truth
        print(f"{strategy:<10} {speed:7.1f} {values[-1] / len(images):14.1f} {right.mean():15.1%}", flush=True)


if __name__ == "__main__":
    main()
