"""Microseconds a step of training a VAE: value, gradient and Adam, ours, by hand and with NumPyro's `SVI.update`.

The program is `examples/objectives/vae/vae.pf`. All three have the same networks with the same weights at the start, the
same optimiser and a batch of images as an argument, and run as one compiled loop of steps, as a training run does. CPU
time is counted, which is steadier than wall time on a machine that does other things too.

By hand is what a careful user of JAX writes: one matrix product a layer, noise kept for the density of the guide,
constants dropped, the logarithm of the scale not taken of its exponential.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import pushforward as pf
from benchmarks.cases import ROOT, VAES
from benchmarks.timing import interleave, ratio

EXAMPLE = ROOT / "examples" / "objectives" / "vae"
LATENT = 10
SETS = {"digits": 200, "synthetic": 400}  # how wide the hidden layer is
ROUND_SECONDS = 0.3
RATE = 1e-3

#: (params, key, x f[N, D]) -> an estimate of the ELBO f[]
Estimate = Callable[[Any, Any, Any], Any]
#: (state, key, x) -> state
Step = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Vae:
    """One data set and batch size."""

    data: str
    batch: int

    @property
    def width(self) -> int:
        """How wide the hidden layers are."""
        return SETS[self.data]

    @cached_property
    def images(self) -> Any:
        """A batch of binary images f[N, D]: scikit-learn's digits, or strokes of 28 x 28 pixels."""
        if self.data == "digits":
            return jnp.asarray(np.load(EXAMPLE / "digits.npz")["x"][: self.batch], float)
        random = np.random.default_rng(0)
        at = np.linspace(-1, 1, 28)
        angle, shift = random.uniform(0, np.pi, self.batch), random.uniform(-0.5, 0.5, self.batch)
        x, y = at[None, :, None], at[None, None, :]
        away = np.cos(angle)[:, None, None] * x + np.sin(angle)[:, None, None] * y - shift[:, None, None]
        return jnp.asarray((np.abs(away) < 0.15).reshape(self.batch, 784), float)

    @cached_property
    def bound(self) -> Any:
        """The ELBO of the program."""
        size, pixels = self.images.shape
        module = pf.load(EXAMPLE / "vae.pf")
        decoder = module.decoder(N=size, D=pixels, K=LATENT, width=self.width)
        model = decoder.condition(x=np.asarray(self.images, int))
        return pf.library.elbo(model, module.encoder(x=self.images, K=LATENT, width=self.width))

    @cached_property
    def start(self) -> Any:
        """The weights at the start."""
        return self.bound.initial()

    def emitted(self) -> Estimate:
        """Ours, for any batch of this size."""
        module, sizes = self.bound.module, self.bound.sizes
        names = tuple(self.bound.expanded.arrays)  # the images, as the model and as the guide are given them

        def estimate(params: Any, key: Any, x: Any) -> Any:
            prepared = module.prepare(sizes, dict.fromkeys(names, x))
            return module.estimate(sizes, prepared, params, key)

        return estimate

    def by_hand(self) -> Estimate:
        """Hand-written JAX. The weights are lists of (matrix [in, out], bias [out]): `plain(start)`."""

        def mlp(layers: Any, x: Any) -> Any:
            *hidden, (last, bias) = layers
            for matrix, shift in hidden:
                x = jax.nn.relu(x @ matrix + shift)
            return x @ last + bias

        def estimate(params: Any, key: Any, x: Any) -> Any:
            decoder, encoder = params
            h = mlp(encoder, x)
            mean, log_scale = h[:, :LATENT], h[:, LATENT:]
            noise = jax.random.normal(key, mean.shape)
            z = mean + jnp.exp(log_scale) * noise
            logits = mlp(decoder, z)
            likelihood = jnp.sum(x * logits - jax.nn.softplus(logits))
            return likelihood + jnp.sum(log_scale + 0.5 * (noise**2 - z**2))

        return estimate

    def numpyro(self) -> Any:
        """NumPyro's SVI on a model and a guide as its examples write them, with the same networks."""
        import numpyro
        from numpyro import distributions as dist
        from numpyro.infer import SVI, Trace_ELBO

        start = self.start

        def model(x: Any) -> None:
            decoder = numpyro.param("decoder", lambda _: start["f"])
            with numpyro.plate("images", len(x)):
                z = numpyro.sample("z", dist.Normal(0, 1).expand([LATENT]).to_event(1))
                numpyro.sample("x", dist.Bernoulli(logits=decoder(z)).to_event(1), obs=x)

        def guide(x: Any) -> None:
            encoder = numpyro.param("encoder", lambda _: start["g"])
            mean, log_scale = jnp.split(encoder(x), 2, axis=-1)
            with numpyro.plate("images", len(x)):
                numpyro.sample("z", dist.Normal(mean, jnp.exp(log_scale)).to_event(1))

        return SVI(model, guide, optax.adam(RATE), Trace_ELBO())


def plain(start: Any) -> Any:
    """The weights of the networks as lists of (matrix [in, out], bias [out]), the decoder first."""
    return [[(layer.weight.T, layer.bias) for layer in start[name].layers] for name in ("f", "g")]


def training(estimate: Estimate) -> Step:
    """A step of Adam on an estimate. A state is (params, state of the optimiser)."""
    adam = optax.adam(RATE)

    def step(state: Any, key: Any, x: Any) -> Any:
        params, moments = state
        _, gradient = jax.value_and_grad(lambda p: -estimate(p, key, x))(params)
        updates, moments = adam.update(gradient, moments)
        return optax.apply_updates(params, updates), moments

    return step


def steps(vae: Vae) -> dict[str, tuple[Step, Any]]:
    """What is compared: a step, and the state before the first."""
    svi = vae.numpyro()
    first = svi.init(jax.random.key(0), vae.images)
    return {**without_numpyro(vae), "numpyro": (lambda state, key, x: svi.update(state, x)[0], first)}


def without_numpyro(vae: Vae) -> dict[str, tuple[Step, Any]]:
    """The emitted estimate and the one by hand, each with the same optimiser."""
    adam, weights = optax.adam(RATE), plain(vae.start)
    return {
        "emitted": (training(vae.emitted()), (vae.start, adam.init(vae.start))),
        "by_hand": (training(vae.by_hand()), (weights, adam.init(weights))),
    }


def measure(vae: Vae, rounds: int) -> dict[str, Any]:
    """Times and ratios for one data set and batch size."""
    runs = {peer: _run(step, state, vae.images) for peer, (step, state) in steps(vae).items()}
    measured = interleave(runs, rounds)
    return {
        "microseconds": {peer: float(np.median(times)) for peer, times in measured.items()},
        "fastest_microseconds": {peer: float(np.min(times)) for peer, times in measured.items()},
        "against_by_hand": ratio(measured, "emitted", "by_hand").against(1.03),
        "against_numpyro": ratio(measured, "emitted", "numpyro").against(1.0),
    }


def _run(step: Step, state: Any, x: Any) -> Callable[[], float]:
    """Microseconds of CPU time a step of one call; how many it makes is found here, for calls of `ROUND_SECONDS`."""

    @jax.jit
    def run(count: Any, state: Any, x: Any) -> Any:
        key = jax.random.key(1)
        return jax.lax.fori_loop(0, count, lambda i, s: step(s, jax.random.fold_in(key, i), x), state)

    jax.block_until_ready(run(1, state, x))
    count = 4
    while True:
        began = time.process_time()
        jax.block_until_ready(run(count, state, x))
        taken = time.process_time() - began
        if taken > ROUND_SECONDS / 4:
            break
        count *= 2
    count = max(1, int(count * ROUND_SECONDS / taken))

    def call() -> float:
        began = time.process_time()
        jax.block_until_ready(run(count, state, x))
        return 1e6 * (time.process_time() - began) / count

    return call


def _case(name: str) -> Vae:
    data, _, batch = name.partition("-")
    return Vae(data, int(batch))


CASES = {name: _case(name) for name in VAES}
