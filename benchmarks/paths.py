"""Microseconds for paths of processes, and for their derivatives: emitted, by hand in JAX, and diffrax.

All make the same number of paths with the same fixed steps of Euler and Maruyama in float64, from random bits of the same
kind, in one compiled program. By hand is a scan over noise that is drawn at once. diffrax is `diffeqsolve` with `Euler`, a
constant step: with `UnsafeBrownianPath`, the fastest that it has for fixed steps, and, as that one has no derivative in
reverse, with `VirtualBrownianTree` and its default adjoint for the gradient. What is computed is the mean of the last squared state, and its gradient in the parameters.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.timing import interleave, ratio
from pushforward.runtime.samplers import executable

PATHS, STEPS, END = 256, 200, 2.0
ROUND_SECONDS = 0.2
PEERS = ("emitted", "by_hand", "diffrax")

TEXT = """
process growth(m: real, s: positive) {
  x ~ normal(1, 0.1)
  dx = m * x dt + s * x dW
}
process well(m: real, s: positive) {
  x ~ normal(1, 0.1)
  dx = m * (x - x^3) dt + s dW
}
process swing(m: real, s: positive) {
  x ~ normal(1, 0.1)
  v ~ normal(0, 0.1)
  dx = v dt + 0.1 dW1
  dv = -m * sin(x) dt - 0.2 * v dt + s dW2
}
"""


@dataclass(frozen=True)
class Process:
    """A process by its name in `TEXT`, and the same by hand: the start's mean, drift and noise of a state f64[k]."""

    name: str
    start: tuple[float, ...]
    drift: Callable[[Any, Any], Any]
    noise: Callable[[Any, Any], Any]
    params: tuple[float, float]


CASES = {
    p.name: p
    for p in (
        Process("growth", (1.0,), lambda x, p: p[0] * x, lambda x, p: p[1] * x, (0.3, 0.5)),
        Process("well", (1.0,), lambda x, p: p[0] * (x - x**3), lambda x, p: p[1] * jnp.ones(1), (1.0, 0.4)),
        Process(
            "swing",
            (1.0, 0.0),
            lambda x, p: jnp.stack([x[1], -p[0] * jnp.sin(x[0]) - 0.2 * x[1]]),
            lambda x, p: jnp.stack([jnp.asarray(0.1), p[1]]),
            (1.0, 0.3),
        ),
    )
}

Value = Callable[[Any, Any], Any]  # (params, key) -> the mean over the paths


def emitted(case: Process) -> Value:
    """Ours, as `simulate` emits it."""
    import pushforward as pf

    model = pf.loads(TEXT).models[case.name]
    times = np.linspace(0.0, END, STEPS + 1)
    bound = model(*case.params, times)
    simulate, sizes, arrays = bound.compiled.function("simulate"), bound.sizes, bound.arrays
    last = "path" if len(case.start) == 1 else "path_x"

    def value(params: Any, key: Any) -> Any:
        data = {**arrays, "m": params[0], "s": params[1]}
        drawn = jax.vmap(lambda k: simulate(sizes, data, k)[last][-1])(jax.random.split(key, PATHS))
        return jnp.mean(drawn**2)

    return value


def by_hand(case: Process) -> Value:
    """A scan over noise that is drawn at once."""
    h = END / STEPS

    def one(params: Any, key: Any) -> Any:
        first, second = jax.random.split(key)
        x = jnp.asarray(case.start) + 0.1 * jax.random.normal(first, (len(case.start),))
        noise = jnp.sqrt(h) * jax.random.normal(second, (STEPS, len(case.start)))
        step = lambda x, w: (x + case.drift(x, params) * h + case.noise(x, params) * w, None)  # noqa: E731
        return jax.lax.scan(step, x, noise)[0][0]

    return lambda params, key: jnp.mean(jax.vmap(lambda k: one(params, k))(jax.random.split(key, PATHS)) ** 2)


def diffrax(case: Process, *, differentiated: bool) -> Value:
    """diffrax with a constant step."""
    import diffrax as dfx
    import lineax as lx

    size = len(case.start)
    field = dfx.ODETerm(lambda t, x, p: case.drift(x, p))

    def one(params: Any, key: Any) -> Any:
        first, second = jax.random.split(key)
        x = jnp.asarray(case.start) + 0.1 * jax.random.normal(first, (size,))
        adjoint: dfx.AbstractAdjoint = dfx.DirectAdjoint()
        path: dfx.AbstractBrownianPath = dfx.UnsafeBrownianPath((size,), key=second)
        if differentiated:
            adjoint = dfx.RecursiveCheckpointAdjoint()
            path = dfx.VirtualBrownianTree(0.0, END, END / STEPS / 2, (size,), key=second)
        noise = dfx.ControlTerm(lambda t, x, p: lx.DiagonalLinearOperator(case.noise(x, p)), path)
        found = dfx.diffeqsolve(
            dfx.MultiTerm(field, noise), dfx.Euler(), 0.0, END, END / STEPS, x, params,
            saveat=dfx.SaveAt(t1=True), max_steps=STEPS + 1, adjoint=adjoint,
        )  # fmt: skip
        return found.ys[0, 0]

    return lambda params, key: jnp.mean(jax.vmap(lambda k: one(params, k))(jax.random.split(key, PATHS)) ** 2)


def values(case: Process, *, differentiated: bool) -> dict[str, Value]:
    """What is measured, by who computes it."""
    other = diffrax(case, differentiated=differentiated)
    return {"emitted": emitted(case), "by_hand": by_hand(case), "diffrax": other}


def measure(case: Process, rounds: int) -> dict[str, Any]:
    """Ratios for paths alone and with their derivatives, interleaved in one process; compilation is left out."""
    executable.enable_x64()
    params = jnp.asarray(case.params)
    found: dict[str, Any] = {"paths": PATHS, "steps": STEPS, "fastest_microseconds": {}}
    for what, wrap in (("value", lambda f: f), ("gradient", jax.value_and_grad)):
        peers = values(case, differentiated=what == "gradient")
        runs = {peer: _timed(jax.jit(wrap(f)), params) for peer, f in peers.items()}
        measured = interleave(runs, rounds)
        found["fastest_microseconds"][what] = {p: min(m) for p, m in measured.items()}
        found[f"{what}_against_by_hand"] = ratio(measured, "emitted", "by_hand").against(1.05)
        found[f"{what}_against_diffrax"] = ratio(measured, "emitted", "diffrax").against(0.5)
    return found


def _timed(compiled: Callable[..., Any], params: Any) -> Callable[[], float]:
    """Microseconds of a call, over as many as take `ROUND_SECONDS`; the first call, which compiles, is made here."""
    keys = iter(range(10**9))
    call = lambda: jax.block_until_ready(compiled(params, jax.random.key(next(keys))))  # noqa: E731
    call()
    start = time.perf_counter()
    call()
    count = max(1, int(ROUND_SECONDS / max(time.perf_counter() - start, 1e-6)))

    def run() -> float:
        start = time.process_time()
        for _ in range(count):
            call()
        return (time.process_time() - start) / count * 1e6

    return run
