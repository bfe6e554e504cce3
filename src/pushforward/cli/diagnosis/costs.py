"""What gradients cost: of the whole density, and of its factors line by line."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
from jax import lax

_LONG_ENOUGH_S, _REPEATS = 0.01, 3


def compile_seconds(density: Callable[[Any, Any], Any], q: Any, data: Any) -> float:
    """Seconds to compile the gradient of a density of (q, data)."""
    began = time.perf_counter()
    jax.jit(jax.grad(density)).lower(q, data).compile()
    return time.perf_counter() - began


def gradient_seconds(density: Callable[[Any, Any], Any], q: Any, data: Any) -> float:
    """Seconds that one gradient takes inside a compiled loop, as a sampler runs it: the best of three."""

    @jax.jit
    def loop(q: Any, data: Any, times: Any) -> Any:
        # Each gradient depends on the one before, so that none can be left out; the step changes nothing that matters.
        return lax.fori_loop(0, times, lambda _, at: at - 1e-30 * jax.grad(density)(at, data), q)

    times = 1
    loop(q, data, times).block_until_ready()
    while (seconds := _seconds(loop, q, data, times)) < _LONG_ENOUGH_S and times < 2**20:
        times *= 4
    return min(seconds, *(_seconds(loop, q, data, times) for _ in range(_REPEATS - 1))) / times


def _seconds(loop: Callable[[Any, Any, int], Any], q: Any, data: Any, times: int) -> float:
    began = time.perf_counter()
    loop(q, data, times).block_until_ready()
    return time.perf_counter() - began
