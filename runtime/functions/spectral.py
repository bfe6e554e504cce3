"""Functions of the singular values and of the eigenvalues, with derivatives that equal values do not spoil.

The derivatives of the vectors do not exist where values are equal; those of the functions do, as divided differences
(Lewis and Sendov 2001, "Twice differentiable spectral functions"; for singular values their 2005 paper).
"""

import jax
import jax.numpy as jnp


def nuclear(A: jax.Array) -> jax.Array:
    """The sum of the singular values of A (M, N); its gradient is the subgradient U V'."""
    return _spectral_sum(jnp.multiply(A, 1.0))


@jax.custom_jvp
def _spectral_sum(A: jax.Array) -> jax.Array:
    """The sum of the singular values."""
    return jnp.sum(jnp.linalg.svd(A, compute_uv=False))


@_spectral_sum.defjvp
def _spectral_sum_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    """Its gradient is U V'."""
    U, s, Vt = jnp.linalg.svd(primals[0], full_matrices=False)
    return jnp.sum(s), jnp.sum((U @ Vt) * tangents[0])


@jax.custom_jvp
def prox_nuclear(A: jax.Array, step: jax.Array | float) -> jax.Array:
    """A (M, N) with its singular values moved towards 0 by `step` (Cai, Candes and Shen 2010)."""
    U, s, Vt = jnp.linalg.svd(A, full_matrices=False)
    return jnp.asarray((U * jnp.maximum(s - step, 0.0)[None, :]) @ Vt)


@prox_nuclear.defjvp
def _prox_nuclear_jvp(primals: tuple[jax.Array, ...], tangents: tuple[jax.Array, ...]) -> tuple[jax.Array, jax.Array]:
    """In the basis of the singular vectors: divided differences on the symmetric part, quotients of sums on the
    other."""
    (A, step), (dA, dstep) = primals, tangents
    U, s, Vt = jnp.linalg.svd(A, full_matrices=False)
    f = jnp.maximum(s - step, 0.0)
    slope = jnp.where(s > step, 1.0, 0.0)
    inner = U.T @ dA @ Vt.T
    same, turned = (inner + inner.T) / 2, (inner - inner.T) / 2
    sums = s[:, None] + s[None, :]
    turning = (f[:, None] + f[None, :]) / jnp.where(sums > 0, sums, 1.0)
    share = f / jnp.where(s > 0, s, 1.0)
    core = _spectral_divided(s, f, slope) * same + turning * turned - jnp.diag(slope) * dstep
    change = U @ core @ Vt
    change = change + (dA - U @ (U.T @ dA)) @ Vt.T @ (share[:, None] * Vt)
    change = change + (U * share[None, :]) @ U.T @ (dA - (dA @ Vt.T) @ Vt)
    return (U * f[None, :]) @ Vt, change


@jax.custom_jvp
def project_cov_matrix(A: jax.Array) -> jax.Array:
    """The nearest symmetric matrix without negative eigenvalues to A (N, N) (Higham 1988)."""
    values, V = jnp.linalg.eigh((A + A.T) / 2)
    return jnp.asarray((V * jnp.maximum(values, 0.0)[None, :]) @ V.T)


@project_cov_matrix.defjvp
def _project_cov_matrix_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    """In the basis of the eigenvectors: divided differences (Daleckii and Krein 1965)."""
    A, dA = primals[0], tangents[0]
    values, V = jnp.linalg.eigh((A + A.T) / 2)
    f = jnp.maximum(values, 0.0)
    differences = _spectral_divided(values, f, jnp.where(values > 0, 1.0, 0.0))
    core = differences * (V.T @ ((dA + dA.T) / 2) @ V)
    return (V * f[None, :]) @ V.T, V @ core @ V.T


def _spectral_divided(at: jax.Array, f: jax.Array, slope: jax.Array) -> jax.Array:
    """(f_i - f_j) / (x_i - x_j), the slope where the points are one."""
    gap = at[:, None] - at[None, :]
    close = jnp.abs(gap) <= 1e3 * _spectral_unit(at) * jnp.maximum(jnp.max(jnp.abs(at)), 1e-30)
    means = (slope[:, None] + slope[None, :]) / 2
    return jnp.where(close, means, (f[:, None] - f[None, :]) / jnp.where(close, 1.0, gap))


def _spectral_unit(x: jax.Array) -> float:
    """The distance from 1 to the next number of x's type."""
    return float(jnp.finfo(x.dtype).eps)  # type: ignore[no-untyped-call]
