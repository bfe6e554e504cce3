"""The same posterior from NumPyro's NUTS: a z-test of means and second moments, by the Monte Carlo errors of
both.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpyro.infer import MCMC, NUTS

from pushforward.runtime.diagnostics.summary import summarise
from pushforward.runtime.samplers import nuts

jax.config.update("jax_enable_x64", True)


def logistic(q: Any, data: Any) -> Any:
    logits = jnp.dot(data["x"], q)
    return jnp.sum(data["y"] * logits - jnp.logaddexp(0.0, logits)) - 0.5 * jnp.sum(q * q) / 4.0


@pytest.mark.slow
def test_logistic_regression() -> None:
    """Six comparisons at |z| < 5.5: a false-alarm rate of 2e-7."""
    random = np.random.default_rng(0)
    x = random.normal(size=(40, 3)) * np.array([1.0, 0.3, 2.0])
    data = {"x": x, "y": (random.random(40) < 1 / (1 + np.exp(-x @ np.array([1.0, -1.0, 0.5])))) * 1.0}
    ours = nuts.run(logistic, data, 3, seed=5, chains=4, warmup=500, draws=2000)

    peer = MCMC(
        NUTS(potential_fn=lambda q: -logistic(q, data)), num_warmup=500, num_samples=2000, num_chains=4,
        chain_method="vectorized", progress_bar=False,
    )  # fmt: skip
    peer.run(jax.random.key(0), init_params=jnp.zeros((4, 3)))
    theirs = np.asarray(peer.get_samples(group_by_chain=True))

    a, b = (summarise(np.concatenate([draws, draws**2], axis=-1)) for draws in (ours.positions, theirs))
    assert (np.abs(a.mean - b.mean) / np.hypot(a.mcse_mean, b.mcse_mean)).max() < 5.5
    np.testing.assert_allclose(ours.accept_stat.mean(), np.mean(0.85), atol=0.1)
