"""Special functions that jax.scipy lacks, or whose derivatives it lacks. Elementwise.

Formulas are those of the Digital Library of Mathematical Functions (DLMF).
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def trigamma(x: ArrayLike) -> jax.Array:
    """The second derivative of lgamma, for x > 0 (DLMF 5.15)."""
    return jax.scipy.special.polygamma(1, jnp.asarray(x, float))


def choose(n: ArrayLike, k: ArrayLike) -> jax.Array:
    """The binomial coefficient of integers, exact while k times it stays below 2^63; 0 unless 0 <= k <= n."""
    n, k = jnp.broadcast_arrays(jnp.asarray(n, int), jnp.asarray(k, int))
    fewer = jnp.minimum(k, n - k)

    def extend(i: jax.Array, count: jax.Array) -> jax.Array:
        return jnp.where(i <= fewer, count * (n - fewer + i) // i, count)

    count = jax.lax.fori_loop(1, jnp.max(fewer, initial=0) + 1, extend, jnp.ones_like(n))
    return jnp.where((k >= 0) & (k <= n), count, 0)


def lmgamma(n: int, x: ArrayLike) -> jax.Array:
    """log of the n-dimensional gamma function (DLMF 35.3.4), x > (n - 1) / 2, elementwise in x.

    n is a Python integer, n >= 1: it is the number of terms.
    """
    dimension, x = int(n), jnp.asarray(x, float)
    terms = [jax.scipy.special.gammaln(x - 0.5 * j) for j in range(dimension)]
    return jnp.sum(jnp.stack(terms), axis=0) + 0.25 * dimension * (dimension - 1) * jnp.log(jnp.pi)


def rising_factorial(x: ArrayLike, n: ArrayLike) -> jax.Array:
    """x (x + 1) ... (x + n - 1) = Gamma(x + n) / Gamma(x) (DLMF 5.2.5), for x > 0 and n >= 0."""
    return jnp.exp(log_rising_factorial(x, n))


def falling_factorial(x: ArrayLike, n: ArrayLike) -> jax.Array:
    """x (x - 1) ... (x - n + 1) = Gamma(x + 1) / Gamma(x - n + 1), x > -1, n >= 0; 0 for integers x < n."""
    x, n = jnp.asarray(x, float), jnp.asarray(n, float)
    bottom = x - n + 1.0
    vanishes = (bottom <= 0) & (bottom == jnp.floor(bottom))
    safe = jnp.where(vanishes, 1.0, bottom)
    ratio = jnp.exp(jax.scipy.special.gammaln(x + 1.0) - jax.scipy.special.gammaln(safe))
    # at a zero 1 / Gamma(-k + e) is (-1)^k k! e: the value is 0, and the slope is not
    k = jax.lax.stop_gradient(jnp.where(vanishes, -bottom, 0.0))
    sign = 1.0 - 2.0 * jnp.mod(k, 2.0)
    size = jnp.exp(jax.lax.stop_gradient(jax.scipy.special.gammaln(x + 1.0)) + jax.scipy.special.gammaln(k + 1.0))
    at_zero = (bottom - jax.lax.stop_gradient(bottom)) * sign * size
    return jnp.where(vanishes, at_zero, jax.scipy.special.gammasgn(safe) * ratio)


def hurwitz_zeta(s: ArrayLike, q: ArrayLike) -> jax.Array:
    """sum_k (q + k)^-s, s > 1, q > 0. Element by element, because JAX's derivative of it promotes ranks."""
    s, q = jnp.broadcast_arrays(jnp.asarray(s, float), jnp.asarray(q, float))
    return jax.vmap(jax.scipy.special.zeta)(jnp.ravel(s), jnp.ravel(q)).reshape(s.shape)


@jax.custom_jvp
def _bessel_i0(x: jax.Array) -> jax.Array:
    """I_0(x)."""
    return jax.scipy.special.i0(x)


@_bessel_i0.defjvp
def _bessel_i0_jvp(primals: tuple[jax.Array, ...], tangents: tuple[jax.Array, ...]) -> tuple[jax.Array, jax.Array]:
    """The slope is I_1(x)."""
    (x,), (tangent,) = primals, tangents
    return _bessel_i0(x), tangent * jax.scipy.special.i1(x)


def bessel_i0(x: ArrayLike) -> jax.Array:
    """I_0(x), with the slope I_1(x): JAX's own is 1 at 0, where it should be 0."""
    return _bessel_i0(jnp.asarray(x, float))


def log_rising_factorial(x: ArrayLike, n: ArrayLike) -> jax.Array:
    """log Gamma(x + n) - log Gamma(x), for x > 0 and n >= 0."""
    x = jnp.asarray(x, float)
    return jax.scipy.special.gammaln(x + n) - jax.scipy.special.gammaln(x)


def log_falling_factorial(x: ArrayLike, n: ArrayLike) -> jax.Array:
    """log Gamma(x + 1) - log Gamma(x - n + 1), for x > n - 1 and n >= 0."""
    x = jnp.asarray(x, float)
    return jax.scipy.special.gammaln(x + 1.0) - jax.scipy.special.gammaln(x - n + 1.0)


def _lambert_w0_start(x: jax.Array) -> jax.Array:
    """A value within a few percent of W(x): the series at the branch point, then a form in log(1 + x)."""
    p = jnp.sqrt(jnp.maximum(2.0 * (jnp.e * x + 1.0), 0.0))  # DLMF 4.13.6
    series = -1.0 + p * (1.0 - p * (1.0 / 3.0 - p * (11.0 / 72.0)))
    log1p = jnp.log1p(jnp.maximum(x, -0.3))
    middle = log1p * (1.0 - jnp.log1p(log1p) / (2.0 + log1p))  # Iacono and Boyd 2017, eq. 19
    return jnp.where(x < -0.3, series, middle)


@jax.custom_jvp
def _lambert_w0(x: jax.Array) -> jax.Array:
    """W(x), for x >= -1/e.

    Halley's iteration on w exp(w) - x (Corless et al. 1996, eq. 5.9), in a form that does not overflow.
    """
    w = _lambert_w0_start(jnp.minimum(x, 1e300))
    for _ in range(5):
        residual = w - x * jnp.exp(-w)
        slope = jnp.where(w == -1.0, 1.0, w + 1.0)
        step = residual / (slope - (w + 2.0) * residual / (2.0 * slope))
        w = jnp.where(w == -1.0, w, w - step)
    return jnp.where(x < -1.0 / jnp.e - 1e-16, jnp.nan, w)


@_lambert_w0.defjvp
def _lambert_w0_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    """W' = exp(-W) / (1 + W) (DLMF 4.13.4)."""
    w = _lambert_w0(primals[0])
    return w, jnp.exp(-w) / (1.0 + w) * tangents[0]


def lambert_w0(x: ArrayLike) -> jax.Array:
    """The principal branch W(x) >= -1 of W exp(W) = x, for x >= -1/e (DLMF 4.13); NaN below."""
    return _lambert_w0(jnp.asarray(x, float))


@jax.custom_jvp
def _inv_Phi(p: jax.Array) -> jax.Array:
    """The quantile function of the standard normal."""
    return jax.scipy.special.ndtri(p)


@_inv_Phi.defjvp
def _inv_Phi_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    """The slope is one over the normal density at the quantile; ndtri, an approximation, has a worse one."""
    x = _inv_Phi(primals[0])
    return x, jnp.sqrt(2.0 * jnp.pi) * jnp.exp(0.5 * x * x) * tangents[0]


def inv_Phi(p: ArrayLike) -> jax.Array:
    """The quantile function of the standard normal, 0 <= p <= 1; infinite at the ends, NaN outside."""
    return _inv_Phi(jnp.asarray(p, float))


def erfcx(x: ArrayLike) -> jax.Array:
    """exp(x^2) erfc(x), to full precision; overflows below about -26.

    From 25 on by the asymptotic series (DLMF 7.12.1), six terms with error 1e-18: there jax.scipy's erfcx has a gap
    where it is 0 (26.55 to 26.64), and its derivative cancels.
    """
    x = jnp.asarray(x, float)
    far = x > 25.0
    large = jnp.where(far, x, 25.0)
    half_inverse_square = 0.5 / (large * large)
    series = jnp.ones_like(x)
    for odd in (9.0, 7.0, 5.0, 3.0, 1.0):
        series = 1.0 - odd * half_inverse_square * series
    return jnp.where(far, series / (jnp.sqrt(jnp.pi) * large), jax.scipy.special.erfcx(jnp.where(far, 25.0, x)))


@jax.custom_jvp
def _log_Phi(x: jax.Array) -> jax.Array:
    """log of the normal distribution function, by erfcx on the left and erfc on the right."""
    left = x < 0
    tail = jnp.where(left, x, -1.0) / jnp.sqrt(2.0)
    body = jnp.where(left, 1.0, x) / jnp.sqrt(2.0)
    from_tail = jnp.log(0.5 * erfcx(-tail)) - tail * tail
    return jnp.where(left, from_tail, jnp.log1p(-0.5 * jax.scipy.special.erfc(body)))


@_log_Phi.defjvp
def _log_Phi_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    """The slope is the inverse Mills ratio phi(x) / Phi(x), on the left sqrt(2 / pi) / erfcx(-x / sqrt 2)."""
    (x,) = primals
    left = x < 0
    tail = jnp.where(left, x, -1.0) / jnp.sqrt(2.0)
    body = jnp.where(left, 1.0, x)
    from_tail = jnp.sqrt(2.0 / jnp.pi) / erfcx(-tail)
    from_body = jnp.exp(-0.5 * body * body) / (jnp.sqrt(2.0 * jnp.pi) * jax.scipy.special.ndtr(body))
    return _log_Phi(x), jnp.where(left, from_tail, from_body) * tangents[0]


def log_Phi(x: ArrayLike) -> jax.Array:
    """log Phi(x), to full precision in both tails (jax.scipy's log_ndtr and its slope have ten digits or less)."""
    return _log_Phi(jnp.asarray(x, float))


def inv_erfc(x: ArrayLike) -> jax.Array:
    """The inverse of erfc on (0, 2), with full relative precision for small x."""
    return -inv_Phi(0.5 * jnp.asarray(x, float)) / jnp.sqrt(2.0)


def Phi_approx(x: ArrayLike) -> jax.Array:
    """inv_logit(0.07056 x^3 + 1.5976 x), within 1.4e-4 of Phi (Bowling et al. 2009)."""
    x = jnp.asarray(x, float)
    return jax.nn.sigmoid(x * (0.07056 * x * x + 1.5976))


@jax.custom_jvp
def _owens_t(h: jax.Array, a: jax.Array) -> jax.Array:
    """Owen's T of arrays of one shape."""
    scalar_by_scalar = jnp.vectorize(jax.scipy.special.owens_t)  # of arrays it promotes ranks
    return jnp.asarray(scalar_by_scalar(h, a))


@_owens_t.defjvp
def _owens_t_jvp(
    primals: tuple[jax.Array, jax.Array], tangents: tuple[jax.Array, jax.Array]
) -> tuple[jax.Array, jax.Array]:
    """dT/dh = -exp(-h^2/2) erf(a h / sqrt 2) / sqrt(8 pi) and dT/da = the integrand at a (Owen 1956)."""
    h, a = primals
    by_h = -jnp.exp(-0.5 * h * h) * jax.scipy.special.erf(a * h / jnp.sqrt(2.0)) / jnp.sqrt(8.0 * jnp.pi)
    by_a = jnp.exp(-0.5 * h * h * (1.0 + a * a)) / (2.0 * jnp.pi * (1.0 + a * a))
    return _owens_t(h, a), by_h * tangents[0] + by_a * tangents[1]


def owens_t(h: ArrayLike, a: ArrayLike) -> jax.Array:
    """T(h, a): the integral of exp(-h^2 (1 + t^2) / 2) / (1 + t^2) over 0..a, divided by 2 pi (Owen 1956)."""
    h, a = jnp.broadcast_arrays(jnp.asarray(h, float), jnp.asarray(a, float))
    return _owens_t(h, a)
