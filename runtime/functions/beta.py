"""The beta function and its relatives: binomial coefficients of reals and the incomplete beta function.

jax.scipy's betaln loses half of the digits for arguments of 8 and more, and its betainc has no derivative in the
shape parameters (TensorFlow Probability's has one that is wrong at whole numbers). Elementwise.
"""

from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero
from jax.typing import ArrayLike


def _beta_stirling_rest(x: jax.Array) -> jax.Array:
    """lgamma(x) less Stirling's formula, for x >= 10; smaller x count as 10 (DLMF 5.11.1, error 1e-17)."""
    inverse = 1.0 / jnp.maximum(x, 10.0)
    square = inverse * inverse
    series = jnp.zeros_like(inverse)
    for coefficient in (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12):
        series = coefficient + square * series
    return inverse * series


def lbeta(a: ArrayLike, b: ArrayLike) -> jax.Array:
    """log of the beta function of a, b > 0, to full precision also where the lgammas are huge and cancel.

    (jax.scipy's betaln loses half of the digits from 8 on.) With m the smaller and M the larger: the definition
    while M < 10; else Stirling's formula for M and m + M, and for m too from 10 on.
    """
    a, b = jnp.asarray(a, float), jnp.asarray(b, float)
    small, large = jnp.minimum(a, b), jnp.maximum(a, b)
    total = small + large
    rest = _beta_stirling_rest(large) - _beta_stirling_rest(total)
    share = small / total
    log_share = jnp.where(share > 0.25, jnp.log(large / total), jnp.log1p(-share))  # XLA's log1p errs there
    plain = jax.scipy.special.gammaln(small) + jax.scipy.special.gammaln(large) - jax.scipy.special.gammaln(total)
    mixed = jax.scipy.special.gammaln(small) + (large - 0.5) * log_share + small * (1.0 - jnp.log(total)) + rest
    both = (
        (small - 0.5) * jnp.log(small / total)
        + large * log_share
        + 0.5 * jnp.log(2.0 * jnp.pi)
        - 0.5 * jnp.log(large)
        + rest
        + _beta_stirling_rest(small)
    )
    return jnp.where(large < 10.0, plain, jnp.where(small < 10.0, mixed, both))


def lchoose(n: ArrayLike, k: ArrayLike) -> jax.Array:
    """log of the binomial coefficient, -log1p(n) - lbeta(n - k + 1, k + 1), for reals 0 <= k <= n.

    The beta function keeps the digits that a difference of three large lgamma values would lose.
    """
    n, k = jnp.asarray(n, float), jnp.asarray(k, float)
    return -jnp.log1p(n) - lbeta(n - k + 1.0, k + 1.0)


_BetaFractionState: TypeAlias = tuple[jax.Array, jax.Array, jax.Array, jax.Array, jax.Array, jax.Array]


def _beta_fraction_step(
    m: jax.Array, upper: jax.Array, lower: jax.Array, a: jax.Array, b: jax.Array, x: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Two terms of the continued fraction of I_x(a, b) (DLMF 8.17.22) by Lentz's algorithm, and the growth of its log.

    `upper` and `lower` are the ratios of successive numerators, and of successive denominators upside down.
    """
    even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
    upper, lower = 1.0 + even / upper, 1.0 / (1.0 + even * lower)
    growth = jnp.log(upper * lower)
    odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
    upper, lower = 1.0 + odd / upper, 1.0 / (1.0 + odd * lower)
    return upper, lower, growth + jnp.log(upper * lower)


def _beta_fraction_slopes(a: jax.Array, b: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The derivatives in a and b of the log of the continued fraction, for x <= (a + 1) / (a + b + 2).

    Forward differentiation of its terms, until the derivatives stand still. (The value alone stands still too early:
    for whole b the fraction ends, its derivative in b does not.)
    """
    one, zero = jnp.ones_like(x), jnp.zeros_like(x)
    directions = ((one, zero), (zero, one))

    def proceed(state: _BetaFractionState) -> jax.Array:
        m, _, _, _, changes, _ = state
        return (m < 5000.0) & jnp.any(changes > 1e-15)

    def advance(state: _BetaFractionState) -> _BetaFractionState:
        m, ratios, ratio_slopes, slopes, _, still = state
        outcomes = [
            jax.jvp(
                lambda upper, lower, a, b: jnp.stack(_beta_fraction_step(m, upper, lower, a, b, x)),
                (ratios[0], ratios[1], a, b),
                (ratio_slopes[i, 0], ratio_slopes[i, 1], *directions[i]),
            )
            for i in range(2)
        ]
        ratio_slopes = jnp.stack([tangent[:2] for _, tangent in outcomes])
        growth = jnp.stack([tangent[2] for _, tangent in outcomes])
        slopes = slopes + growth
        small = jnp.max(jnp.abs(growth) / (1.0 + jnp.abs(slopes)), axis=0)
        changes = jnp.maximum(small, still)  # small twice running: a single term may vanish
        return m + 1.0, outcomes[0][0][:2], ratio_slopes, slopes, changes, small

    first = -(a + b) * x / (a + 1.0)
    first_slopes = jnp.stack([-x / (a + 1.0) + (a + b) * x / (a + 1.0) ** 2, -x / (a + 1.0)])
    lower = 1.0 / (1.0 + first)
    start = (
        jnp.ones(()),
        jnp.stack([one, lower]),
        jnp.stack([jnp.zeros_like(first_slopes), -(lower[None] ** 2) * first_slopes], axis=1),
        -lower[None] * first_slopes,
        jnp.full_like(x, jnp.inf),
        jnp.full_like(x, jnp.inf),
    )
    slopes = jax.lax.while_loop(proceed, advance, start)[3]
    return slopes[0], slopes[1]


@jax.custom_jvp
def _inc_beta(a: jax.Array, b: jax.Array, x: jax.Array) -> jax.Array:
    """I_x(a, b) of arrays of one shape."""
    return jax.scipy.special.betainc(a, b, x)


def _inc_beta_shape_slopes(a: jax.Array, b: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The derivatives of I_x(a, b) in a and b; 0 at x = 0 and x = 1.

    Through log I = a log x + b log(1 - x) - log a - log B(a, b) + log fraction. Where the fraction converges slowly,
    1 - I_{1-x}(b, a) is differentiated instead.
    """
    a, b, x = jnp.broadcast_arrays(a, b, x)
    inside = (x > 0) & (x < 1)
    y = jnp.where(inside, x, 0.5)
    flip = y > (a + 1.0) / (a + b + 2.0)
    p, q, t = jnp.where(flip, b, a), jnp.where(flip, a, b), jnp.where(flip, 1.0 - y, y)
    by_p, by_q = _beta_fraction_slopes(p, q, t)
    digamma = jax.scipy.special.digamma
    mass = jnp.where(inside, jnp.where(flip, -1.0, 1.0) * _inc_beta(p, q, t), 0.0)
    by_p = mass * (jnp.log(t) - 1.0 / p - digamma(p) + digamma(p + q) + by_p)
    by_q = mass * (jnp.log1p(-t) - digamma(q) + digamma(p + q) + by_q)
    return jnp.where(flip, by_q, by_p), jnp.where(flip, by_p, by_q)


def _inc_beta_jvp(
    primals: tuple[jax.Array, jax.Array, jax.Array],
    tangents: tuple[jax.Array | SymbolicZero, jax.Array | SymbolicZero, jax.Array | SymbolicZero],
) -> tuple[jax.Array, jax.Array]:
    """In x the beta density; in the shapes by a continued fraction, and only where a shape really moves."""
    (a, b, x), (a_dot, b_dot, x_dot) = primals, tangents
    tangent = jnp.zeros_like(x)
    if not isinstance(x_dot, SymbolicZero):
        log_x, log_y = jax.scipy.special.xlogy(a - 1.0, x), jax.scipy.special.xlog1py(b - 1.0, -x)
        tangent += jnp.exp(log_x + log_y - lbeta(a, b)) * x_dot
    if not (isinstance(a_dot, SymbolicZero) and isinstance(b_dot, SymbolicZero)):
        by_a, by_b = _inc_beta_shape_slopes(a, b, x)
        tangent += jnp.zeros_like(x) if isinstance(a_dot, SymbolicZero) else by_a * a_dot
        tangent += jnp.zeros_like(x) if isinstance(b_dot, SymbolicZero) else by_b * b_dot
    return _inc_beta(a, b, x), tangent


_inc_beta.defjvp(_inc_beta_jvp, symbolic_zeros=True)


def inc_beta(a: ArrayLike, b: ArrayLike, x: ArrayLike) -> jax.Array:
    """The regularised incomplete beta function I_x(a, b) (DLMF 8.17.2), for a, b > 0 and 0 <= x <= 1.

    Second derivatives in a and b need an outer forward mode, as in `jax.hessian`.
    """
    a, b, x = jnp.broadcast_arrays(jnp.asarray(a, float), jnp.asarray(b, float), jnp.asarray(x, float))
    return _inc_beta(a, b, x)
