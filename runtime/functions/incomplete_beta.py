"""The incomplete beta function with derivatives in all three arguments.

jax.scipy's betainc has no derivative in its shape parameters; TensorFlow Probability's has (Boik and
Robinson-Cox 1998, "Derivatives of the incomplete beta function"). In a file of its own, so that only programs
that use it import TensorFlow Probability.
"""

import jax
import jax.numpy as jnp
import tensorflow_probability.substrates.jax as tfp
from jax.typing import ArrayLike


def inc_beta(a: ArrayLike, b: ArrayLike, x: ArrayLike) -> jax.Array:
    """The regularised incomplete beta function I_x(a, b) (DLMF 8.17.2): a, b > 0, 0 <= x <= 1; elementwise."""
    a, b, x = jnp.broadcast_arrays(jnp.asarray(a, float), jnp.asarray(b, float), jnp.asarray(x, float))
    return jnp.asarray(tfp.math.betainc(a, b, x))
