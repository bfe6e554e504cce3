"""What the functions of the library should return: NumPy, SciPy or a formula, on small inputs.

`ORACLES` maps the name of a function to its oracle: a reference, the arguments of each case (every overload
has at least one), a relative tolerance, and what is compared where the result is not unique. Python ints are
`int` arguments, floats and float arrays are `real`, bool arrays are `bool`. A function of the library without
an oracle is a failure of the test that reads this table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sl
import scipy.optimize as so
import scipy.special as ss
from scipy.integrate import quad_vec

from tests.stdlib.distributions.continuous import unrolled_von_mises_cdf
from tests.stdlib.functions.bridges import CASES as BRIDGES
from tests.stdlib.functions.nonsmooth import CASES
from tests.stdlib.functions.transports import CASES as TRANSPORTS


@dataclass(frozen=True)
class Oracle:
    """A reference and the cases it is compared on."""

    reference: Callable[..., Any]
    cases: tuple[tuple[Any, ...], ...]
    rtol: float = 1e-11
    compared: Callable[[Any], Any] = np.asarray
    part: str = ""  # of the record that the function gives


def over(reference: Callable[..., Any], *cases: tuple[Any, ...], rtol: float = 1e-11) -> Oracle:
    """An oracle with the given cases, each a tuple of arguments."""
    return Oracle(reference, cases, rtol)


def up_to_sign(reference: Callable[..., Any], *cases: tuple[Any, ...]) -> Oracle:
    """An oracle that compares absolute values."""
    return Oracle(reference, cases, compared=np.abs)


def pairwise(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A Gaussian-process covariance from a kernel `(x, y, *parameters)`, by two loops."""

    def covariance(first: Any, *rest: Any) -> Any:
        cross = bool(rest) and np.ndim(rest[0]) == np.ndim(first)
        second, parameters = (rest[0], rest[1:]) if cross else (first, rest)
        return np.array([[kernel(np.atleast_1d(x), np.atleast_1d(y), *parameters) for y in second] for x in first])

    return covariance


def _integral(f: Callable[[float], Any], h: float) -> Any:
    """The integral from 0 to h."""
    return quad_vec(f, 0, h, epsabs=1e-13, epsrel=1e-13)[0]


def distance(x: Any, y: Any, rho: Any) -> Any:
    return np.sqrt(np.sum(((x - y) / rho) ** 2))


def matern32(d: Any, alpha: Any, rho: Any) -> Any:
    r = 3**0.5 * d / rho
    return alpha**2 * (1 + r) * np.exp(-r)


def matern52(d: Any, alpha: Any, rho: Any) -> Any:
    r = 5**0.5 * d / rho
    return alpha**2 * (1 + r + r**2 / 3) * np.exp(-r)


def periodic(d: Any, alpha: Any, rho: Any, period: Any) -> Any:
    return alpha**2 * np.exp(-2 * (np.sin(np.pi * d / period) / rho) ** 2)


def mixed(theta: Any, *lp: Any) -> Any:
    return np.log(theta * np.exp(lp[0]) + (1 - theta) * np.exp(lp[1]) if lp[1:] else theta @ np.exp(lp[0]))


def log_sum_exp(*x: Any) -> Any:
    return np.logaddexp(*x) if x[1:] else ss.logsumexp(x[0])


def minimum(x: Any, *y: Any) -> Any:
    return np.minimum(x, *y) if y else np.min(x)


def maximum(x: Any, *y: Any) -> Any:
    return np.maximum(x, *y) if y else np.max(x)


def rep_matrix(x: Any, *n: int) -> Any:
    return np.full(n, x) if np.ndim(x) == 0 else np.outer(x, np.ones(n))


def unique_qr(A: Any) -> tuple[Any, Any]:
    Q, R = np.linalg.qr(A)
    sign = np.sign(np.diag(R))
    return Q * sign, R * sign[:, None]


def stack(axis: int) -> Callable[[Any, Any], Any]:
    """Joins of matrices with matrices or vectors: axis 0 puts rows below, axis 1 columns to the right."""

    def join(a: Any, b: Any) -> Any:
        if max(np.ndim(a), np.ndim(b)) < 2:
            return np.append(a, b) if axis == 0 else np.stack([a, b], axis=1)
        a, b = (np.expand_dims(x, axis) if np.ndim(x) == 1 else x for x in (a, b))
        return np.concatenate([a, b], axis=axis)

    return join


R = np.array([-2.3, -0.7, 0.0, 0.4, 1.0, 3.5])  # reals
P = np.array([1e-3, 0.2, 1.0, 2.5, 11.0, 140.0])  # positive reals
U = np.array([1e-9, 0.03, 0.4, 0.5, 0.8, 0.999])  # probabilities
S = np.array([-0.95, -0.4, -1e-4, 0.0, 0.3, 0.99])  # between -1 and 1
I = np.array([3, -1, 4, 1, -5, 9])  # integers
B = np.array([True, False, True, True])
V, W = np.array([0.3, -1.2, 2.0, 0.7]), np.array([1.1, 0.4, -0.6, 2.2])
SHORT = np.array([5.0, -6.0])
A23 = np.array([[1.0, -2.0, 0.5], [0.3, 4.0, -1.0]])
A32 = np.array([[0.9, -0.2], [1.5, 0.3], [-0.6, 2.0]])
SQUARE = np.array([[2.0, -0.3, 0.4], [0.5, 1.5, -0.7], [-0.1, 0.6, 3.0]])
SPD = SQUARE @ SQUARE.T
LOW, UPP = np.tril(SQUARE), np.triu(SQUARE)
V3 = np.array([0.5, -1.0, 2.0])
SIMPLEX = np.array([0.2, 0.5, 0.3])
X4, X3 = np.array([0.0, 0.7, 0.7, 3.0]), np.array([-1.0, 0.7, 2.0])
X42 = np.array([[0.0, 1.0], [0.5, -0.3], [0.5, -0.3], [2.0, 2.0]])

#: Inputs of Gaussian processes on the line and in the plane, alone and against others, one or two scales.
GP = tuple(
    (*inputs, 1.3, rho)
    for inputs in ((X4,), (X42,), (X4, X3), (X42, A32))
    for rho in (0.8, np.array([0.8, 2.0]))
    if inputs[0] is X42 or np.ndim(rho) == 0
)

ELEMENTARY: dict[str, Oracle] = {
    "sqrt": over(np.sqrt, (P,), (2.0,), (4,)),
    "cbrt": over(np.cbrt, (R,)),
    "square": over(np.square, (R,), (3,)),
    "inv": over(lambda x: 1 / x, (P,), (4,)),
    "inv_sqrt": over(lambda x: x**-0.5, (P,), (4,)),
    "inv_square": over(lambda x: x**-2.0, (P,), (4,)),
    "pow": over(lambda x, y: np.power(x, np.asarray(y, float)), (P, R), (R, 2.0), (2.0, R), (2, -1)),
    "hypot": over(np.hypot, (R, P)),
    "exp": over(np.exp, (R,), (1,)),
    "exp2": over(np.exp2, (R,), (-1,)),
    "expm1": over(np.expm1, (R,), (1e-12,)),
    "exprel": over(ss.exprel, (R,), (0.0,), (1e-12,), (1e-3,), (-1e-3,), (30.0,)),
    "log": over(np.log, (P,), (3,)),
    "log2": over(np.log2, (P,)),
    "log10": over(np.log10, (P,)),
    "log1p": over(np.log1p, (P,), (-1e-12,)),
    "log1m": over(lambda x: np.log1p(-x), (U,), (-3,)),
    "log1m_exp": over(lambda x: np.log(-np.expm1(x)), (-P,), (-1e-10,), (-40.0,)),
    "log1p_exp": over(lambda x: np.logaddexp(0, x), (R,), (-40.0,), (800.0,)),
    "log_sum_exp": over(log_sum_exp, (R, 0.5), (R, P), (1000.0, 1), (R,), (A23,)),
    "log_diff_exp": over(lambda x, y: x + np.log(-np.expm1(y - x)), (R + P, R), (1000.0, 999.0)),
    "log_mix": over(mixed, (U, R, P / 10), (0.3, 1.0, 2), (SIMPLEX, V3)),
    "logit": over(ss.logit, (U,)),
    "inv_logit": over(ss.expit, (R,), (-700.0,), (2,)),
    "log_inv_logit": over(ss.log_expit, (R,), (-700.0,)),
    "log1m_inv_logit": over(lambda x: ss.log_expit(-x), (R,), (700.0,)),
    "cloglog": over(lambda p: np.log(-np.log1p(-p)), (U,)),
    "inv_cloglog": over(lambda x: -np.expm1(-np.exp(x)), (R,), (-40.0,)),
    "sin": over(np.sin, (R,)),
    "cos": over(np.cos, (R,)),
    "tan": over(np.tan, (R,)),
    "asin": over(np.arcsin, (S,)),
    "acos": over(np.arccos, (S,)),
    "atan": over(np.arctan, (R,)),
    "acot": over(lambda x: np.arctan2(1, x), (R,), (1e9,), (-2,)),
    "atan2": over(np.arctan2, (R, P), (R, -1.0)),
    "sinh": over(np.sinh, (R,)),
    "cosh": over(np.cosh, (R,)),
    "tanh": over(np.tanh, (R,)),
    "asinh": over(np.arcsinh, (R,)),
    "acosh": over(np.arccosh, (1 + P,)),
    "atanh": over(np.arctanh, (S,)),
    "sinc": over(np.sinc, (R,)),
    "abs": over(np.abs, (R,), (I,), (-3,)),
    "fabs": over(np.fabs, (R,), (I,)),
    "sign": over(np.sign, (R,)),
    "min": over(minimum, (I, 2), (R, P), (I,), (R,), (A23,)),
    "max": over(maximum, (I, 2), (R, P), (I,), (R,), (A23,)),
    "fmin": over(np.fmin, (R, P), (np.nan, 1.0), (2, 0.5)),
    "fmax": over(np.fmax, (R, P), (np.nan, 1.0), (2, 0.5)),
    "fdim": over(lambda x, y: np.maximum(x - y, 0), (R, P)),
    "fma": over(lambda x, y, z: x * y + z, (R, P, U)),
    "fmod": over(np.fmod, (R, P), (-5.5, 3.0)),
    "floor": over(np.floor, (R,)),
    "ceil": over(np.ceil, (R,)),
    "round": over(lambda x: np.sign(x) * np.floor(np.abs(x) + 0.5), (R,), (2.5,), (-0.5,), (1e15,)),
    "trunc": over(np.trunc, (R,)),
    "to_int": over(lambda x: np.trunc(x).astype(int), (R,)),
    "step": over(lambda x: np.where(x >= 0, 1.0, 0.0), (R,)),
    "int_step": over(lambda x: np.where(x > 0, 1, 0), (R,)),
    "is_nan": over(np.isnan, (np.array([1.0, np.nan, np.inf]),)),
    "is_inf": over(np.isinf, (np.array([1.0, np.nan, -np.inf]),)),
    "relu": over(lambda x: np.maximum(x, 0), (R,)),
    "leaky_relu": over(lambda x: np.where(x > 0, x, 0.01 * x), (R,)),
    "elu": over(lambda x: np.where(x > 0, x, np.expm1(x)), (R,)),
    "silu": over(lambda x: x * ss.expit(x), (R,)),
    "gelu": over(lambda x: x * ss.ndtr(x), (R,)),
    "softplus": over(lambda x: np.logaddexp(0, x), (R,)),
}

SPECIAL: dict[str, Oracle] = {
    "lgamma": over(ss.gammaln, (P,), (-1.5,), (0.0,)),
    "tgamma": over(ss.gamma, (P[:-1],), (-1.5,)),
    "digamma": over(ss.digamma, (P,), (-1.5,)),
    "trigamma": over(lambda x: ss.polygamma(1, x), (P,)),
    "lbeta": over(ss.betaln, (P, 30.0), (P, P), (P, 2), (8.0, 9.0), rtol=1e-10),
    "lmgamma": over(lambda n, x: ss.multigammaln(x, n), (1, 2.5), (3, 1.2), (4, 70.0)),
    "lchoose": over(lambda n, k: np.log(ss.binom(n, k)), (50.0, np.array([2.0, 7.5, 25.0])), (6, np.array([1, 2, 3]))),
    "choose": over(lambda n, k: np.round(ss.binom(n, k)).astype(int), (6, np.arange(-1, 8)), (50, 9), (0, 0)),
    "rising_factorial": over(ss.poch, (P[:-1], 3.0), (2.5, 0)),
    "falling_factorial": over(lambda x, n: np.prod([x - i for i in range(int(n))], axis=0), (P, 3), (5.0, 7)),
    "log_rising_factorial": over(lambda x, n: np.log(ss.poch(x, n)), (P[:-1], 3.0), rtol=1e-10),
    "log_falling_factorial": over(lambda x, n: np.log(x * (x - 1)), (2 + P, 2)),
    "gamma_p": over(ss.gammainc, (P[:-1], 2.0), (2.0, P), (3, 0.0)),
    "gamma_q": over(ss.gammaincc, (P[:-1], 2.0), (2.0, P), (3, 0.0)),
    "inc_beta": over(ss.betainc, (P, 2.0, 0.3), (2, 3, U), (2.0, 3.0, 0.0), (2.0, 3.0, 1.0), rtol=1e-10),
    "xlogy": over(ss.xlogy, (R, P), (0.0, 0.0), (2, 0.5)),
    "xlog1py": over(ss.xlog1py, (R, P), (0.0, -1.0), (2, -0.5)),
    "lmultiply": over(ss.xlogy, (R, P), (0.0, 0.0)),
    "multiply_log": over(ss.xlogy, (R, P), (0.0, 0.0)),
    "erf": over(ss.erf, (R,), (1e-9,)),
    "erfc": over(ss.erfc, (R,), (20.0,)),
    "erfcx": over(ss.erfcx, (R,), (26.6,), (1e6,)),
    "inv_erf": over(ss.erfinv, (S,)),
    "inv_erfc": over(ss.erfcinv, (U,), (1.7,), (1e-200,)),
    "Phi": over(ss.ndtr, (R,), (-30.0,)),
    "inv_Phi": over(ss.ndtri, (U,), (1e-200,)),
    "log_Phi": over(ss.log_ndtr, (R,), (-37.66,), (-1e5,), (8.0,)),
    "Phi_approx": over(lambda x: ss.expit(0.07056 * x**3 + 1.5976 * x), (R,)),
    "owens_t": over(ss.owens_t, (R, P), (0.5, R), (3.0, 1), rtol=1e-9),
    "bessel_i0": over(ss.i0, (R,)),
    "bessel_i1": over(ss.i1, (R,)),
    "bessel_i0e": over(ss.i0e, (R,), (1e4,)),
    "bessel_i1e": over(ss.i1e, (R,), (1e4,)),
    "modified_bessel_first_kind": over(ss.iv, (0, P), (P[:-1], 2.5), rtol=1e-10),
    "log_modified_bessel_first_kind": over(
        lambda v, z: np.log(ss.ive(v, z)) + z, (0, P), (P[:-1], 2.5), (0.0, 1e5), (0.0, 0.0), rtol=1e-10
    ),
    "von_mises_cdf": over(unrolled_von_mises_cdf, (R, 0.2), (0.7, P[1:]), (R, 2.5)),
    "lambert_w0": over(lambda x: ss.lambertw(x).real, (P,), (-0.3678,), (0.0,), (1e100,), rtol=1e-10),
    "hurwitz_zeta": over(ss.zeta, (1 + P, 0.7), (2, 1)),
}

REDUCTIONS: dict[str, Oracle] = {
    "sum": over(np.sum, (I,), (V,), (A23,), (B,)),
    "prod": over(np.prod, (I,), (V,), (A23,)),
    "range": over(np.ptp, (V,), (A23,)),
    "logmeanexp": over(lambda x: ss.logsumexp(x) - np.log(np.size(x)), (V,), (V + 1000,), (A23,)),
    "all": over(np.all, (B,), (B | True,)),
    "any": over(np.any, (B,), (B & False,)),
    "count": over(np.sum, (B,)),
    "argmin": over(np.argmin, (V,)),
    "argmax": over(np.argmax, (V,)),
    "cumulative_sum": over(np.cumsum, (I,), (V,)),
    "cumulative_prod": over(np.cumprod, (I,), (V,)),
    "norm1": over(lambda x: np.abs(x).sum(), (V,), (A23,)),
    "norm2": over(lambda x: np.sqrt((x**2).sum()), (V,), (A23,), (0.0 * V,)),
    "norm_inf": over(lambda x: np.abs(x).max(), (V,), (A23,)),
    "softmax": over(lambda x: ss.softmax(x, axis=-1), (V,), (V + 1000,), (A23,)),
    "log_softmax": over(lambda x: ss.log_softmax(x, axis=-1), (V,), (A23,)),
}

STATISTICS: dict[str, Oracle] = {
    "mean": over(np.mean, (V,), (I,), (A23,)),
    "variance": over(lambda x: np.var(x, ddof=1), (V,), (A23,)),
    "sd": over(lambda x: np.std(x, ddof=1), (V,), (A23,), (0 * V,)),
    "median": over(np.median, (V,), (V3,), (A23,)),
    "quantile": over(np.quantile, (V, 0.35), (V, np.array([0.0, 0.1, 1.0]))),
    "column_means": over(lambda A: A.mean(0), (A23,)),
    "covariance": over(lambda x, y=None: np.cov(x.T) if y is None else np.cov(x, y)[0, 1], (A32,), (V, W)),
    "correlation": over(lambda x, y: np.corrcoef(x, y)[0, 1], (V, W)),
    "center": over(lambda x: x - x.mean(0), (V,), (A23,)),
    "standardize": over(lambda x: (x - x.mean(0)) / x.std(0, ddof=1), (V,), (A32,)),
    "sort_asc": over(np.sort, (I,), (V,)),
    "sort_desc": over(lambda x: np.sort(x)[::-1], (I,), (V,)),
    "sort_indices_asc": over(np.argsort, (V,)),
    "sort_indices_desc": over(lambda x: np.argsort(-x), (V,)),
    "rank": over(lambda x, s=...: np.sum(x < x[s][..., None], axis=-1), (X4,), (X4, 3)),
    "interpolate": over(np.interp, (0.4, X3, V3), (R, X3, V3)),
}

LINEAR_ALGEBRA: dict[str, Oracle] = {
    "dot": over(np.dot, (I, I), (V, W)),
    "dot_self": over(lambda x: x @ x, (V,)),
    "columns_dot_product": over(lambda A, B: (A * B).sum(0), (A23, A32.T)),
    "rows_dot_product": over(lambda A, B: (A * B).sum(1), (A23, A32.T)),
    "columns_dot_self": over(lambda A: (A * A).sum(0), (A23,)),
    "rows_dot_self": over(lambda A: (A * A).sum(1), (A23,)),
    "column_sums": over(lambda A: A.sum(0), (A23,)),
    "row_sums": over(lambda A: A.sum(1), (A23,)),
    "distance": over(lambda x, y: np.linalg.norm(x - y), (V, W), (V, V)),
    "squared_distance": over(lambda x, y: ((x - y) ** 2).sum(), (V, W)),
    "norm_diff": over(lambda x, y: np.linalg.norm(x - y), (V, W), (A23, A32.T)),
    "outer": over(np.outer, (V, V3)),
    "kron": over(np.kron, (A23, A32)),
    "crossprod": over(lambda A: A.T @ A, (A23,)),
    "tcrossprod": over(lambda A: A @ A.T, (A23,)),
    "quad_form": over(lambda A, B: B.T @ A @ B, (SQUARE, V3), (SQUARE, A32)),
    "quad_form_sym": over(lambda A, B: B.T @ A @ B, (SPD, V3), (SPD, A32)),
    "quad_form_diag": over(lambda A, v: np.diag(v) @ A @ np.diag(v), (SPD, V3)),
    "trace_quad_form": over(lambda A, B: np.trace(B.T @ A @ B), (SQUARE, A32)),
    "trace_gen_quad_form": over(lambda D, A, B: np.trace(D @ B.T @ A @ B), (A32[:2], SQUARE, A32)),
    "diag_pre_multiply": over(lambda v, A: np.diag(v) @ A, (SHORT, A23)),
    "diag_post_multiply": over(lambda A, v: A @ np.diag(v), (A23, V3)),
    "multiply_lower_tri_self_transpose": over(lambda L: np.tril(L) @ np.tril(L).T, (SQUARE,), (A32,)),
    "trace": over(np.trace, (SQUARE,)),
    "diagonal": over(np.diag, (SQUARE,)),
    "diag_matrix": over(np.diag, (V,)),
    "add_diag": over(lambda A, v: A + np.diag(np.broadcast_to(v, len(A))), (SQUARE, V3), (SQUARE, 0.1)),
    "lower_tri": over(np.tril, (SQUARE,), (A23,)),
    "upper_tri": over(np.triu, (SQUARE,), (A23,)),
    "transpose": over(np.transpose, (A23,)),
    "cholesky": over(np.linalg.cholesky, (SPD,)),
    "inverse": over(np.linalg.inv, (SQUARE,)),
    "inverse_spd": over(np.linalg.inv, (SPD,)),
    "chol2inv": over(lambda L: np.linalg.inv(L @ L.T), (LOW,)),
    "generalized_inverse": over(np.linalg.pinv, (A23,), (A32,)),
    "determinant": over(np.linalg.det, (SQUARE,)),
    "log_determinant": over(lambda A: np.linalg.slogdet(A)[1], (SQUARE,), (-SQUARE,)),
    "log_determinant_spd": over(lambda A: np.linalg.slogdet(A)[1], (SPD,)),
    "mdivide_left": over(np.linalg.solve, (SQUARE, V3), (SQUARE, A32)),
    "solve": over(np.linalg.solve, (SQUARE, V3), (SQUARE, A32)),
    "mdivide_left_spd": over(np.linalg.solve, (SPD, V3), (SPD, A32)),
    "linear_flow": over(lambda A, h: sl.expm(A * h), (SQUARE, 0.7)),
    "linear_shift": over(lambda A, b, h: _integral(lambda s: sl.expm(A * s) @ b, h), (SQUARE, V3, 0.7)),
    "linear_spread": over(
        lambda A, Q, h: _integral(lambda s: sl.expm(A * s) @ Q @ sl.expm(A.T * s), h), (SQUARE, SPD, 0.7), rtol=1e-10
    ),
    "mdivide_left_tri_low": over(lambda L, b: np.linalg.solve(np.tril(L), b), (SQUARE, V3), (LOW, A32)),
    "mdivide_left_tri_upp": over(lambda U, b: np.linalg.solve(np.triu(U), b), (SQUARE, V3), (UPP, A32)),
    "mdivide_right": over(lambda b, A: b @ np.linalg.inv(A), (V3, SQUARE), (A23, SQUARE)),
    "mdivide_right_spd": over(lambda b, A: b @ np.linalg.inv(A), (V3, SPD), (A23, SPD)),
    "mdivide_right_tri_low": over(lambda b, L: b @ np.linalg.inv(np.tril(L)), (V3, SQUARE), (A23, LOW)),
    "eigenvalues_sym": over(np.linalg.eigvalsh, (SPD,)),
    "eigenvectors_sym": up_to_sign(lambda A: np.linalg.eigh(A)[1], (SPD,)),
    "svd_values": over(lambda A: np.linalg.svd(A)[1], (A32,)),
    "svd_U": up_to_sign(lambda A: np.linalg.svd(A, full_matrices=False)[0], (A32,)),
    "svd_V": up_to_sign(lambda A: np.linalg.svd(A, full_matrices=False)[2].T, (A32,)),
    "qr_thin_Q": over(lambda A: unique_qr(A)[0], (A32,)),
    "qr_thin_R": over(lambda A: unique_qr(A)[1], (A32,)),
    "matrix_exp": over(sl.expm, (SQUARE,)),
    "matrix_power": over(np.linalg.matrix_power, (SQUARE, 0), (SQUARE, 5)),
}

ARRAYS: dict[str, Oracle] = {
    "size": over(np.size, (V,), (A23,), (I,), (2.0,)),
    "num_elements": over(np.size, (V,), (A23,)),
    "rows": over(len, (A23,), (V,)),
    "cols": over(lambda A: A.shape[1], (A23,)),
    "zeros": over(lambda *n: np.zeros(n), (3,), (2, 3)),
    "ones": over(lambda *n: np.ones(n), (3,), (2, 3)),
    "rep_vector": over(lambda x, n: np.full(n, x, float), (1.5, 3), (2, 3)),
    "rep_array": over(lambda x, n: np.full(n, x), (1.5, 3), (2, 3)),
    "rep_matrix": over(rep_matrix, (1.5, 2, 3), (V, 3)),
    "identity_matrix": over(np.eye, (3,)),
    "one_hot_vector": over(lambda n, k: np.eye(n)[k], (4, 2)),
    "linspace": over(np.linspace, (-1.0, 2.0, 7)),
    "linspaced_vector": over(lambda n, a, b: np.linspace(a, b, n), (7, -1.0, 2.0)),
    "arange": over(np.arange, (4,), (2, 6)),
    "head": over(lambda x, n: x[:n], (V, 3)),
    "tail": over(lambda x, n: x[-n:], (V, 3)),
    "segment": over(lambda x, i, n: x[i : i + n], (V, 1, 2)),
    "block": over(lambda A, i, j, m, n: A[i : i + m, j : j + n], (SQUARE, 1, 0, 2, 3)),
    "row": over(lambda A, i: A[i], (A23, 1)),
    "col": over(lambda A, j: A[:, j], (A23, 2)),
    "reverse": over(lambda x: x[::-1], (I,), (V,)),
    "append": over(np.append, (I, I), (V, V3), (V, 2.0), (2.0, V)),
    "concat": over(np.append, (I, I), (V, V3)),
    "append_row": over(stack(0), (A23, SQUARE), (A23, V3), (V3, A23), (V, V3), (V, 2.0), (2.0, V)),
    "append_col": over(stack(1), (A23, A32[:2]), (A23, SHORT), (SHORT, A23), (V, W)),
    "vcat": over(stack(0), (A23, SQUARE), (V, V3)),
    "hcat": over(stack(1), (A23, A32[:2]), (V, W)),
    "to_vector": over(lambda A: np.ravel(A, order="F").astype(float), (A23,), (V,), (I,)),
    "to_matrix": over(lambda x, m, n: np.reshape(x, (m, n), order="F"), (R, 2, 3)),
    "flatten": over(np.ravel, (A23,)),
    "reshape": over(lambda x, m, n: np.reshape(x, (m, n)), (R, 2, 3)),
}

KERNEL, DOT = (0.7, 1.3, 0.8), ((X4, 0.6), (X42, 0.6), (X4, X3, 0.6), (X42, A32, 0.6))

GAUSSIAN_PROCESSES: dict[str, Oracle] = {
    "kernel_exp_quad": over(lambda d2, a, r: a**2 * np.exp(-d2 / (2 * r**2)), KERNEL),
    "kernel_exponential": over(lambda d, a, r: a**2 * np.exp(-d / r), KERNEL),
    "kernel_matern32": over(matern32, KERNEL),
    "kernel_matern52": over(matern52, KERNEL),
    "kernel_periodic": over(periodic, (*KERNEL, 1.9)),
    "gp_exp_quad_cov": over(pairwise(lambda x, y, a, r: a**2 * np.exp(-0.5 * distance(x, y, r) ** 2)), *GP),
    "gp_exponential_cov": over(pairwise(lambda x, y, a, r: a**2 * np.exp(-distance(x, y, r))), *GP),
    "gp_matern32_cov": over(pairwise(lambda x, y, a, r: matern32(distance(x, y, r), a, 1)), *GP),
    "gp_matern52_cov": over(pairwise(lambda x, y, a, r: matern52(distance(x, y, r), a, 1)), *GP),
    "gp_periodic_cov": over(
        pairwise(lambda x, y, a, r, p: periodic(distance(x, y, 1), a, r, p)),
        *((*case, 1.9) for case in GP if np.ndim(case[-1]) == 0),
    ),
    "gp_dot_prod_cov": over(pairwise(lambda x, y, s: s**2 + x @ y), *DOT),
}

def masked_network(x: Any, W: Any, c: Any, V: Any, b: Any) -> Any:
    """By the degrees of the inputs and the hidden units, one connection after another."""
    size = len(x)
    degree = [1 + i % max(size - 1, 1) for i in range(len(c))]
    hidden = [np.tanh(c[i] + sum(W[i, j] * x[j] for j in range(size) if degree[i] >= j + 1)) for i in range(len(c))]
    return np.array(
        [b[k] + sum(V[k, i] * h for i, h in enumerate(hidden) if k % size + 1 > degree[i]) for k in range(len(b))]
    )


def spline_knots(a: Any, bound: float) -> tuple[Any, Any, Any]:
    """Positions, heights and slopes of the knots of one spline."""
    bins = (len(a) + 1) // 3
    ends = [
        bound * (2 * np.concatenate([[0], np.cumsum(1e-3 + (1 - 1e-3 * bins) * ss.softmax(part))]) - 1)
        for part in (a[:bins], a[bins : 2 * bins])
    ]
    slopes = 1e-3 + np.log1p(np.exp(a[2 * bins :]) * np.expm1(1 - 1e-3))
    return ends[0], ends[1], np.concatenate([[1], slopes, [1]])


def spline_at(x: float, a: Any, bound: float) -> tuple[float, float]:
    """The spline and its slope, from the form of Gregory and Delbourgo: a quotient of quadratics and its derivative."""
    if abs(x) >= bound:
        return x, 1.0
    xs, ys, d = spline_knots(a, bound)
    k = int(np.searchsorted(xs, x, side="right")) - 1
    w, h = xs[k + 1] - xs[k], ys[k + 1] - ys[k]
    s, t = h / w, np.polynomial.Polynomial([-xs[k] / w, 1 / w])
    top = h * (s * t**2 + d[k] * t * (1 - t))
    bottom = s + (d[k + 1] + d[k] - 2 * s) * t * (1 - t)
    slope = (top.deriv()(x) * bottom(x) - top(x) * bottom.deriv()(x)) / bottom(x) ** 2
    return float(ys[k] + top(x) / bottom(x)), float(slope)


def each_spline(what: Callable[..., float]) -> Callable[..., Any]:
    return lambda x, a, bound: np.array([what(float(p), row, bound) for p, row in zip(x, a, strict=True)])


def spline_root(y: float, a: Any, bound: float) -> float:
    """By bisection."""
    return y if abs(y) >= bound else float(so.brentq(lambda x: spline_at(x, a, bound)[0] - y, -bound, bound, xtol=1e-14))


_POINTS = np.array([-3.5, -2.0, -0.3, 0.4, 1.9, 2.7])
_LOGITS = np.cos(np.arange(66.0)).reshape(6, 11) * np.array([1.0, 0.2, 2.0, 3.0, 1.0, 1.0])[:, None]

SPLINE, LOG_SLOPE = each_spline(lambda *e: spline_at(*e)[0]), each_spline(lambda *e: np.log(spline_at(*e)[1]))

FLOWS = {
    "masked_network": over(
        masked_network,
        (_POINTS[:3], np.cos(np.arange(15.0)).reshape(5, 3), _POINTS[:5], np.sin(np.arange(30.0)).reshape(6, 5), _POINTS),
        (_POINTS[:1], np.cos(np.arange(2.0)).reshape(2, 1), _POINTS[:2], np.sin(np.arange(4.0)).reshape(2, 2), _POINTS[:2]),
    ),
    "spline": over(SPLINE, (_POINTS, _LOGITS, 3.0), (_POINTS, 0 * _LOGITS, 3.0)),
    "spline_log_slope": over(LOG_SLOPE, (_POINTS, _LOGITS, 3.0)),
    "spline_with_log_slope": over(
        lambda *e: np.stack([SPLINE(*e), LOG_SLOPE(*e)]), (_POINTS, _LOGITS, 3.0), (2 * _POINTS, _LOGITS, 3.0)
    ),
    "spline_inverse": over(each_spline(spline_root), (_POINTS, _LOGITS, 3.0), rtol=1e-9),
}

GRADIENTS = {"stop": over(np.asarray, (R,), (I,), (B,))}

NONSMOOTH = {name: over(reference, *cases, rtol=1e-9) for name, (reference, cases) in CASES.items()}

TRANSPORT = {
    name: Oracle(reference, cases, rtol, part=part) for name, (reference, part, cases, rtol) in (TRANSPORTS | BRIDGES).items()
}

ORACLES = TRANSPORT | NONSMOOTH | FLOWS | GRADIENTS | ELEMENTARY | SPECIAL | REDUCTIONS | STATISTICS | LINEAR_ALGEBRA | ARRAYS | GAUSSIAN_PROCESSES
