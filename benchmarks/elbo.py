"""CPU microseconds a step of `elbo(model, mean_field(model))` with Adam: ours, by hand, and NumPyro's `AutoNormal`.

Each is one compiled program that makes many steps, a value and a gradient and an update from a fresh key each. By hand is
the density of `by_hand/` at m + s * e; all take one draw a step, in float64, with the same optimiser and random bits of the
same kind.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.cases import Case
from benchmarks.timing import interleave, ratio
from pushforward.runtime.samplers import executable

ROUND_SECONDS = 0.05
PEERS = ("emitted", "by_hand", "numpyro")
OPTIMISER = optax.adam(1e-3)

Estimate = Callable[[Any, Any, Any], Any]  # (params, data, key) -> the objective


def emitted(case: Case) -> tuple[Estimate, Any, Any]:
    """Our estimate, its parameters at the start, what it has prepared from the data."""
    import pushforward as pf

    bound = pf.library.elbo(case.bound, pf.library.mean_field(case.bound))
    estimate, sizes = bound.module.estimate, bound.sizes
    return lambda params, data, key: estimate(sizes, data, params, key), bound.initial(), bound.prepared


def by_hand(case: Case) -> tuple[Estimate, Any, Any]:
    """The bound from the density by hand."""
    density, prepared = case.by_hand()
    dim = case.dim

    def estimate(params: Any, data: Any, key: Any) -> Any:
        scale = jnp.exp(params["log_s"])
        noise = jax.random.normal(key, (dim,))
        entropy = jnp.sum(params["log_s"]) + jnp.sum(0.5 * noise**2) + 0.5 * dim * jnp.log(2 * jnp.pi)
        return density(params["m"] + scale * noise, data) + entropy

    start = {"m": jnp.zeros(dim), "log_s": jnp.zeros(dim)}
    return estimate, start, jax.tree.map(jnp.asarray, prepared)


def numpyro(case: Case) -> tuple[Estimate, Any, Any]:
    """Minus NumPyro's `Trace_ELBO` loss with `AutoNormal`."""
    from numpyro.infer import SVI, Trace_ELBO
    from numpyro.infer.autoguide import AutoNormal
    from numpyro.optim import Adam

    module = case.numpyro_module
    arguments = module.arguments(case.data)
    static = {n: v for n, v in arguments.items() if isinstance(v, int)}
    arrays = {n: jnp.asarray(v) for n, v in arguments.items() if n not in static}
    guide, loss = AutoNormal(module.model), Trace_ELBO()
    svi = SVI(module.model, guide, Adam(1e-3), loss)
    state = svi.init(jax.random.PRNGKey(0), **arguments)
    constrain = svi.constrain_fn

    def estimate(params: Any, data: Any, key: Any) -> Any:
        return -loss.loss(key, constrain(params), module.model, guide, **data, **static)

    return estimate, svi.optim.get_params(state.optim_state), arrays


def steps(estimate: Estimate) -> Callable[[Any, Any, Any, Any], Any]:
    """A function of (count, params, data, key) that makes `count` steps."""

    def run(count: Any, params: Any, data: Any, key: Any) -> Any:
        def step(_: Any, carry: Any) -> Any:
            params, state, key, total = carry
            key, own = jax.random.split(key)
            value, gradient = jax.value_and_grad(lambda p: -estimate(p, data, own))(params)
            updates, state = OPTIMISER.update(gradient, state, params)
            return optax.apply_updates(params, updates), state, key, total + value

        start = (params, OPTIMISER.init(params), key, jnp.zeros(()))
        return jax.lax.fori_loop(0, count, step, start)[3]

    return run


def measure(case: Case, rounds: int) -> dict[str, Any]:
    """Times and ratios for one posterior."""
    executable.enable_x64()
    key, runs = jax.random.PRNGKey(1), {}
    for peer, make in zip(PEERS, (emitted, by_hand, numpyro), strict=True):
        estimate, params, data = make(case)
        lowered = jax.jit(steps(estimate)).lower(np.int64(1), params, data, key)
        runs[peer] = _run(lowered.compile(compiler_options=executable._OPTIONS), params, data, key)
    measured = interleave(runs, rounds)
    return {
        "microseconds": {peer: float(np.median(times)) for peer, times in measured.items()},
        "fastest_microseconds": {peer: float(np.min(times)) for peer, times in measured.items()},
        "against_by_hand": ratio(measured, "emitted", "by_hand").against(1.05),
        "against_numpyro": ratio(measured, "emitted", "numpyro").against(1.0),
    }


def _run(program: Any, params: Any, data: Any, key: Any) -> Callable[[], float]:
    """CPU microseconds a step of one call of about `ROUND_SECONDS`."""

    def seconds(count: int) -> float:
        began = time.process_time()
        program(np.int64(count), params, data, key).block_until_ready()
        return time.process_time() - began

    count = 16
    while (taken := min(seconds(count) for _ in range(3))) < ROUND_SECONDS / 4:
        count *= 4
    count = max(1, int(count * ROUND_SECONDS / taken))
    return lambda: 1e6 * seconds(count) / count
