"""Distribution libraries, imported when a function that draws asks for them, and draws from their objects.

from pushforward.runtime.laws import draw, numpyro, tfp
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import jax
import jax.numpy as jnp


def draw(law: Any, key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Independent draws of shape `shape + event` from a NumPyro or TFP distribution whose batch dimensions
    broadcast to `shape`.
    """
    with jax.numpy_rank_promotion("allow"):  # the libraries rely on it
        if hasattr(law, "expand"):  # NumPyro
            return jnp.asarray(law.expand(shape).sample(key))
        from tensorflow_probability.substrates.jax import distributions as tfd

        return jnp.asarray(tfd.BatchBroadcast(law, shape).sample(seed=key))


_LIBRARIES = {
    "numpyro": "numpyro.distributions",
    "tfp": "tensorflow_probability.substrates.jax.distributions",
}


def __getattr__(name: str) -> Any:
    if name in _LIBRARIES:
        return import_module(_LIBRARIES[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
