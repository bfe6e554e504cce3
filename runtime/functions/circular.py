"""Angles: the distribution function of the von Mises law, differentiable in the angle and the concentration.

By quadrature of its density, which is positive, so that nothing cancels: tanh-sinh (Takahasi and Mori 1974, "Double
exponential formulas for numerical integration") with 97 nodes between the mean direction and the angle, or ten
standard deviations from it, beyond which there is less than 1e-22.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def von_mises_cdf(x: ArrayLike, kappa: ArrayLike) -> jax.Array:
    """1/2 plus the integral from 0 to x of exp(kappa cos t) / (2 pi I_0(kappa)), elementwise; x in radians, kappa > 0.

    On -pi <= x <= pi this is P(X <= x) of the von Mises law of mean direction 0 (Mardia and Jupp 2000, ch. 3.5); each
    turn more adds 1.
    """
    x, kappa = jnp.broadcast_arrays(jnp.asarray(x, float), jnp.asarray(kappa, float))
    turns = jax.lax.stop_gradient(jnp.round(x / (2.0 * jnp.pi)))
    angle = x - 2.0 * jnp.pi * turns
    reach = jax.lax.stop_gradient(10.0 / jnp.sqrt(kappa))
    end = jnp.clip(angle, -reach, reach)
    t = jnp.linspace(-3.2, 3.2, 97).reshape(-1, *(1,) * x.ndim)
    share = 0.5 + 0.5 * jnp.tanh(0.5 * jnp.pi * jnp.sinh(t))
    weight = jnp.pi / 60.0 * jnp.cosh(t) / jnp.cosh(0.5 * jnp.pi * jnp.sinh(t)) ** 2
    density = jnp.exp(-2.0 * kappa[None] * jnp.sin(0.5 * share * end[None]) ** 2)
    return 0.5 + turns + end * jnp.sum(weight * density, axis=0) / (2.0 * jnp.pi * jax.scipy.special.i0e(kappa))
