"""Draws of what the data give, and of everything from the prior."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pushforward.api.compiled import located
from pushforward.api.sampling import named_dims

if TYPE_CHECKING:
    from pushforward.api.model import Bound
    from pushforward.runtime.draws import Draws


def predict_prior(bound: Bound, *, seed: int = 0, draws: int = 1000) -> Draws:
    """Draws of every variable from the prior, one chain of `draws`. Raises `ProgramError` for a model that
    has no draws (`flat`).
    """
    import jax

    from pushforward.runtime.draws import Draws
    from pushforward.runtime.samplers.executable import enable_x64

    enable_x64()
    simulate = bound.compiled.function("simulate")
    keys = jax.random.split(jax.random.key(seed), draws)
    with located():
        values = jax.jit(jax.vmap(lambda key: simulate(bound.sizes, bound.arrays, key)))(keys)
    arrays = {n: np.asarray(v)[None] for n, v in values.items()}
    observed = set(bound.observations)
    prior = {n: v for n, v in arrays.items() if n not in observed}
    predictive = {n: v for n, v in arrays.items() if n in observed}
    attrs = {"program": bound.model.name, "seed": seed}
    return Draws(prior=prior, prior_predictive=predictive, dims=named_dims(bound, arrays), attrs=attrs)


def predict_posterior(bound: Bound, posterior: Draws, *, seed: int = 0, draws: int | None = None) -> Draws:
    """A new draw of the observed variables for each posterior draw, or for `draws` of them evenly spaced."""
    import jax

    from pushforward.runtime.draws import Draws
    from pushforward.runtime.samplers.executable import enable_x64

    enable_x64()
    predictive = bound.compiled.function("predictive")
    names = [v for v in bound.model.variables if v not in bound.observations]
    chains, length = posterior.chains, posterior.draws
    flat = {n: np.reshape(posterior.posterior[n], (chains * length, *posterior.posterior[n].shape[2:])) for n in names}
    if draws is not None and draws < chains * length:
        chosen = np.linspace(0, chains * length - 1, draws).round().astype(int)
        flat = {n: v[chosen] for n, v in flat.items()}
        chains, length = 1, draws
    keys = jax.random.split(jax.random.key(seed), chains * length)

    def one(values: Any, key: Any) -> Any:
        return predictive(bound.sizes, bound.arrays, values, key)

    with located():
        drawn = jax.jit(jax.vmap(one))(flat, keys)
    arrays = {n: np.reshape(np.asarray(v), (chains, length, *v.shape[1:])) for n, v in drawn.items()}
    observed = {n: bound.data.values[n] for n in bound.observations}
    attrs = {"program": bound.model.name, "seed": seed}
    return Draws(
        posterior_predictive=arrays,
        observed_data=observed,
        dims=named_dims(bound, {**arrays, **observed}),
        attrs=attrs,
    )
