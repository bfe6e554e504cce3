"""Elementwise functions built from exponentials and powers, arranged so that nothing cancels or overflows.

All take arrays of one shape or scalars and return real arrays of that shape. Where two formulas share the
line, each is given only arguments of its own range, so that gradients of the idle one cannot be NaN.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def exp2(x: ArrayLike) -> jax.Array:
    """2^x."""
    return jnp.exp2(jnp.asarray(x, float))


def exprel(x: ArrayLike) -> jax.Array:
    """(exp(x) - 1) / x, and 1 at 0; by its series where |x| < 1e-3, so that derivatives are right there too (the first
    term left out is x^5 / 720)."""
    x = jnp.asarray(x, float)
    small = jnp.abs(x) < 1e-3
    series = 1 + x * (1 / 2 + x * (1 / 6 + x * (1 / 24 + x / 120)))
    away = jnp.where(small, 1.0, x)
    return jnp.where(small, series, jnp.expm1(away) / away)


def log1m(x: ArrayLike) -> jax.Array:
    """log(1 - x) for x <= 1; -inf at 1, NaN beyond."""
    return jnp.log1p(jnp.negative(x))


def log1m_exp(x: ArrayLike) -> jax.Array:
    """log(1 - exp(x)) for x <= 0; -inf at 0, NaN beyond.

    log(-expm1(x)) near 0 and log1p(-exp(x)) far from it, parted at -log 2 (Maechler 2012, "Accurately
    computing log(1 - exp(-|a|))", eq. 7).
    """
    x = jnp.asarray(x, float)
    near = x > -0.6931471805599453
    return jnp.where(near, jnp.log(-jnp.expm1(jnp.where(near, x, -0.5))), jnp.log1p(-jnp.exp(jnp.where(near, -1.0, x))))


@jax.custom_jvp
def _softplus(x: jax.Array) -> jax.Array:
    """log(1 + exp(x)) by way of exp(-|x|)."""
    return jnp.maximum(x, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


@_softplus.defjvp
def _softplus_jvp(primals: tuple[jax.Array, ...], tangents: tuple[jax.Array, ...]) -> tuple[jax.Array, jax.Array]:
    """The slope is the inverse logit of x."""
    (x,), (tangent,) = primals, tangents
    small = jnp.exp(-jnp.abs(x))  # the same exponential as in the value, so it is reckoned once
    slope = jnp.where(x >= 0, 1.0, small) / (1.0 + small)
    return _softplus(x), tangent * slope


def log1p_exp(x: ArrayLike) -> jax.Array:
    """log(1 + exp(x)), the softplus: without overflow, and with a derivative (the inverse logit) that shares its
    one exponential; `jax.nn.softplus` takes two and tests for infinities.
    """
    return _softplus(jnp.asarray(x, float))


def log_diff_exp(x: ArrayLike, y: ArrayLike) -> jax.Array:
    """log(exp(x) - exp(y)) for x >= y; -inf where they are equal, NaN where x < y."""
    return jnp.asarray(x) + log1m_exp(jnp.subtract(y, x))


def log_inv_logit(x: ArrayLike) -> jax.Array:
    """log(1 / (1 + exp(-x)))."""
    return -jnp.logaddexp(0.0, jnp.negative(x))


def log1m_inv_logit(x: ArrayLike) -> jax.Array:
    """log(1 - 1 / (1 + exp(-x)))."""
    return -jnp.logaddexp(0.0, x)


def inv_logit(x: ArrayLike) -> jax.Array:
    """1 / (1 + exp(-x)), the logistic function."""
    return jax.nn.sigmoid(jnp.asarray(x, float))


def cloglog(p: ArrayLike) -> jax.Array:
    """log(-log(1 - p)), the complementary log-log of a probability."""
    return jnp.log(-jnp.log1p(jnp.negative(p)))


def inv_cloglog(x: ArrayLike) -> jax.Array:
    """1 - exp(-exp(x)), the inverse of `cloglog`."""
    return -jnp.expm1(-jnp.exp(x))


def log_mix(theta: ArrayLike, lp1: ArrayLike, lp2: ArrayLike) -> jax.Array:
    """log(theta exp(lp1) + (1 - theta) exp(lp2)) for 0 < theta < 1."""
    return jnp.logaddexp(jnp.log(theta) + lp1, jnp.log1p(jnp.negative(theta)) + lp2)


def acot(x: ArrayLike) -> jax.Array:
    """The angle in (0, pi) whose cotangent is x; it keeps its digits where pi / 2 - atan(x) would cancel."""
    x = jnp.asarray(x, float)
    return jnp.arctan2(jnp.ones_like(x), x)


def inv_sqrt(x: ArrayLike) -> jax.Array:
    """1 / sqrt(x)."""
    return jax.lax.rsqrt(jnp.asarray(x, float))


def inv_square(x: ArrayLike) -> jax.Array:
    """1 / x^2."""
    inverse = jnp.reciprocal(jnp.asarray(x, float))
    return inverse * inverse


def power(x: ArrayLike, y: ArrayLike) -> jax.Array:
    """x^y of reals; an integer y keeps the derivative in x defined at x <= 0."""
    return jnp.power(jnp.asarray(x, float), y)


def fdim(x: ArrayLike, y: ArrayLike) -> jax.Array:
    """The positive difference max(x - y, 0)."""
    return jnp.maximum(jnp.subtract(jnp.asarray(x, float), y), 0.0)


def fma(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> jax.Array:
    """x y + z."""
    return jnp.multiply(x, y) + z


def step(x: ArrayLike) -> jax.Array:
    """1 where x >= 0, else 0, as a real (Stan's `step`)."""
    return jnp.where(jnp.greater_equal(x, 0), 1.0, 0.0)


def int_step(x: ArrayLike) -> jax.Array:
    """1 where x > 0, else 0, as an integer (Stan's `int_step`: zero is not a step, unlike in `step`)."""
    return jnp.greater(x, 0).astype(int)


def round_half_away(x: ArrayLike) -> jax.Array:
    """The nearest whole number; halves go away from zero, as in C and Stan (NumPy takes them to even)."""
    x = jnp.asarray(x, float)
    whole = jnp.trunc(x)
    return whole + jnp.where(jnp.abs(x - whole) >= 0.5, jnp.sign(x), 0.0)


def to_int(x: ArrayLike) -> jax.Array:
    """x without its fraction (towards zero), as an integer."""
    return jnp.trunc(x).astype(int)


def silu(x: ArrayLike) -> jax.Array:
    """x / (1 + exp(-x)) (Elfwing, Uchibe and Doya 2018)."""
    return jax.nn.silu(jnp.asarray(x, float))


def gelu(x: ArrayLike) -> jax.Array:
    """x Phi(x), not its tanh approximation (Hendrycks and Gimpel 2016)."""
    return jax.nn.gelu(jnp.asarray(x, float), approximate=False)
