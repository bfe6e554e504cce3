"""Modified Bessel functions of the first kind of real order, on the log scale.

The values come from TensorFlow Probability, whose derivative in the order is silently zero; here it is exact.
"""

import jax
import jax.numpy as jnp
import tensorflow_probability.substrates.jax as tfp
from jax.custom_derivatives import SymbolicZero
from jax.typing import ArrayLike


def _log_bessel_slope_in_order(v: jax.Array, z: jax.Array) -> jax.Array:
    """d log I_v(z) / dv for v > -1/2, by quadrature.

    With t = tanh u in DLMF 10.32.2, I_v(z) is (z/2)^v / (sqrt(pi) Gamma(v + 1/2)) times the integral over the
    line of exp(z tanh u - (2 v + 1) log cosh u). The slope is log(z/2) - digamma(v + 1/2) plus the mean of
    -2 log cosh u under that integrand. It is positive, analytic and decays exponentially, so that the trapezoid
    rule converges geometrically once the grid covers the peak, where s = tanh u solves z (1 - s^2) = (2 v + 1) s.
    """
    order = 2.0 * v + 1.0
    sine = 2.0 * z / (order + jnp.sqrt(order * order + 4.0 * z * z))
    peak = jnp.arctanh(jnp.minimum(sine, 1.0 - 1e-15))
    curvature = (1.0 - sine * sine) * (order + 2.0 * z * sine)
    reach = 9.0 / jnp.sqrt(curvature) + 40.0 / order
    unit_grid = jnp.linspace(-1.0, 1.0, 1201).reshape(-1, *(1,) * v.ndim)
    u = peak[None] + reach[None] * unit_grid
    log_cosh = jnp.logaddexp(u, -u) - jnp.log(2.0)
    weight = jax.nn.softmax(z[None] * jnp.tanh(u) - order[None] * log_cosh, axis=0)
    return jnp.log(0.5 * z) - jax.scipy.special.digamma(v + 0.5) - 2.0 * jnp.sum(weight * log_cosh, axis=0)


@jax.custom_jvp
def _log_bessel_i(v: jax.Array, z: jax.Array) -> jax.Array:
    """log I_v(z) of arrays of one shape."""
    return jnp.asarray(tfp.math.log_bessel_ive(v, z)) + z


def _log_bessel_i_jvp(
    primals: tuple[jax.Array, jax.Array], tangents: tuple[jax.Array | SymbolicZero, jax.Array | SymbolicZero]
) -> tuple[jax.Array, jax.Array]:
    """In z: I_{v+1}/I_v + v/z (DLMF 10.29.2). In v: by quadrature, and only where the order really moves."""
    (v, z), (v_dot, z_dot) = primals, tangents
    value = _log_bessel_i(v, z)
    tangent = jnp.zeros_like(value)
    if not isinstance(z_dot, SymbolicZero):
        ratio = jnp.exp(_log_bessel_i(v + 1.0, z) - value)
        tangent += (ratio + jnp.where(v == 0, 0.0, v / z)) * z_dot
    if not isinstance(v_dot, SymbolicZero):
        tangent += _log_bessel_slope_in_order(v, z) * v_dot
    return value, tangent


_log_bessel_i.defjvp(_log_bessel_i_jvp, symbolic_zeros=True)


def log_modified_bessel_first_kind(v: ArrayLike, z: ArrayLike) -> jax.Array:
    """log I_v(z) for order v >= 0 and z >= 0 (DLMF 10.25.2), elementwise; -inf at z = 0 unless v = 0."""
    v, z = jnp.broadcast_arrays(jnp.asarray(v, float), jnp.asarray(z, float))
    return _log_bessel_i(v, z)


def modified_bessel_first_kind(v: ArrayLike, z: ArrayLike) -> jax.Array:
    """I_v(z) for order v >= 0 and z >= 0, elementwise; overflows for z beyond about 700."""
    return jnp.exp(log_modified_bessel_first_kind(v, z))
