"""CPU microseconds a gradient: the emitted density, the one by hand, and NumPyro's potential.

Each is compiled the same way, as one program that makes many gradients: the point of each depends on the
gradient before, so that none can be left out or moved out of the loop, while the data are an argument and
work on them alone may leave it, as in a sampler. The compiler options are those of the sampler.

XLA on CPU either compiles a loop into one machine function or dispatches every operation of every turn by
itself, three times slower for small models and at the mercy of other work on the machine. `pushforward
sample` asks for the first (`executable.fuse_small_loops`), so that is what is measured, for all three.
`--loops dispatched` measures the other; there a branch that is never taken keeps the loop around eight
schools, which is within a few bytes of XLA's own limit of a kilobyte, on the same side for all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.cases import Case, Density
from benchmarks.timing import interleave, ratio
from pushforward.runtime.samplers import executable

ROUND_SECONDS = 0.05
TINY = 1e-280  # a step that no point is changed by, which the compiler does not know

BALLAST = np.ones((7, 7))  # half a kilobyte would change how XLA runs the whole loop

PEERS = ("emitted", "by_hand", "numpyro")


def loop(density: Density) -> Callable[[Any, Any, Any, Any], tuple[Any, Any]]:
    """A function of (count, q, data, ballast) that makes `count` gradients, one after the other."""
    both = jax.value_and_grad(density)

    def run(count: Any, q: Any, data: Any, ballast: Any) -> tuple[Any, Any]:
        def body(index: Any, carry: tuple[Any, Any]) -> tuple[Any, Any]:
            point, total = carry
            value, gradient = both(point, data)
            total = jax.lax.cond(index < 0, lambda: _never(total, ballast), lambda: total + value)
            return point + TINY * gradient, total

        result: tuple[Any, Any] = jax.lax.fori_loop(0, count, body, (q, q[0] * 0.0))
        return result

    return run


def _never(total: Any, ballast: Any) -> Any:
    """What touches more than a kilobyte, with small buffers only, and is never run."""
    vector = total * ballast[0]
    for _ in range(12):
        vector = jnp.tanh(ballast @ vector)
    return vector[0]


def compiled(density: Density, data: Any, q: Any) -> Any:
    """The loop as an executable of (count, q, data, ballast), with the options of the sampler."""
    return (
        jax.jit(loop(density))
        .lower(np.int64(1), q, data, BALLAST)
        .compile(compiler_options=executable._OPTIONS)
    )


def measure(case: Case, rounds: int) -> dict[str, Any]:
    """Times and ratios for one posterior."""
    executable.enable_x64()
    q = jax.device_put(case.points(1)[0])
    runs = {}
    for peer in PEERS:
        density, data = getattr(case, peer)()
        runs[peer] = _run(compiled(density, data, q), q, jax.device_put(data))
    measured = interleave(runs, rounds)
    return {
        "microseconds": {peer: float(np.median(times)) for peer, times in measured.items()},
        "fastest_microseconds": {peer: float(np.min(times)) for peer, times in measured.items()},
        "against_by_hand": ratio(measured, "emitted", "by_hand").against(1.05),
        "against_numpyro": ratio(measured, "emitted", "numpyro").against(1.0),
    }


def _run(executable: Any, q: Any, data: Any) -> Callable[[], float]:
    """CPU microseconds a gradient of one call; how many it makes is found here, for calls of `ROUND_SECONDS`. One
    thread does the work, so that this is wall time less what the rest of the machine takes.
    """

    def seconds(count: int) -> float:
        began = time.process_time()
        executable(np.int64(count), q, data, BALLAST)[1].block_until_ready()
        return time.process_time() - began

    count = 16
    # the fastest of three: a count that is found too small makes every round pay for the call
    while (taken := min(seconds(count) for _ in range(3))) < ROUND_SECONDS / 4:
        count *= 4
    count = max(1, int(count * ROUND_SECONDS / taken))
    return lambda: 1e6 * seconds(count) / count
