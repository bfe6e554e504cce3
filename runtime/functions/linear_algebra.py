"""Linear algebra under the names of statistics: solves, factorisations and functions of matrices.

Matrices are (M, N) arrays, vectors (N,) arrays. Factorisations of matrices that are singular or not positive
definite give NaN, never an exception, as everything here runs inside compiled programs.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def column_sums(A: jax.Array) -> jax.Array:
    """(M, N) to (N,)."""
    return jnp.sum(A, axis=0)


def row_sums(A: jax.Array) -> jax.Array:
    """(M, N) to (M,)."""
    return jnp.sum(A, axis=1)


def diag_pre_multiply(v: jax.Array, A: jax.Array) -> jax.Array:
    """diag(v) A for v (M,) and A (M, N)."""
    return v[:, None] * A


def diag_post_multiply(A: jax.Array, v: jax.Array) -> jax.Array:
    """A diag(v) for A (M, N) and v (N,)."""
    return A * v[None, :]


def add_diag(A: jax.Array, v: ArrayLike) -> jax.Array:
    """A (N, N) with v, a scalar or (N,), added to its diagonal."""
    diagonal = jnp.arange(A.shape[0])
    return jnp.asarray(A, float).at[diagonal, diagonal].add(v)


def log_determinant(A: jax.Array) -> jax.Array:
    """log |det A| of a square matrix, from its LU factors; -inf when singular."""
    return jnp.asarray(jnp.linalg.slogdet(A)[1])


def inverse_spd(A: jax.Array) -> jax.Array:
    """The inverse of a symmetric positive definite matrix, exactly symmetric; NaN when it is not one."""
    half = jax.scipy.linalg.solve_triangular(jnp.linalg.cholesky(A), jnp.eye(A.shape[0]), lower=True)
    return half.T @ half


def mdivide_left_spd(A: jax.Array, b: jax.Array) -> jax.Array:
    """A^-1 b for symmetric positive definite A (N, N) and b (N,) or (N, K)."""
    return jax.scipy.linalg.cho_solve((jnp.linalg.cholesky(A), True), b)


def mdivide_left_tri_low(L: jax.Array, b: jax.Array) -> jax.Array:
    """L^-1 b for the lower triangle of L (N, N) and b (N,) or (N, K)."""
    return jax.scipy.linalg.solve_triangular(L, b, lower=True)


def mdivide_left_tri_upp(U: jax.Array, b: jax.Array) -> jax.Array:
    """U^-1 b for the upper triangle of U (N, N) and b (N,) or (N, K)."""
    return jax.scipy.linalg.solve_triangular(U, b, lower=False)


def mdivide_right(b: jax.Array, A: jax.Array) -> jax.Array:
    """b A^-1 for b (N,), taken as a row, or (K, N)."""
    return jnp.transpose(jnp.linalg.solve(A.T, b.T))


def mdivide_right_spd(b: jax.Array, A: jax.Array) -> jax.Array:
    """b A^-1 for symmetric positive definite A and b (N,), taken as a row, or (K, N)."""
    return mdivide_left_spd(A, b.T).T


def mdivide_right_tri_low(b: jax.Array, L: jax.Array) -> jax.Array:
    """b L^-1 for the lower triangle of L and b (N,), taken as a row, or (K, N)."""
    return jax.scipy.linalg.solve_triangular(L, b.T, trans="T", lower=True).T


def chol2inv(L: jax.Array) -> jax.Array:
    """(L L')^-1 for the lower triangle of L (N, N)."""
    half = jax.scipy.linalg.solve_triangular(L, jnp.eye(L.shape[0]), lower=True)
    return half.T @ half


def eigenvectors_sym(A: jax.Array) -> jax.Array:
    """Orthonormal eigenvectors of a symmetric matrix as columns, in ascending order of the eigenvalues.

    Their signs are arbitrary, and their gradients need distinct eigenvalues.
    """
    return jnp.asarray(jnp.linalg.eigh(A)[1])


def _linear_algebra_require_tall(A: jax.Array) -> None:
    """Refuse wide matrices: the declared shapes of thin factors hold for M >= N only."""
    if A.shape[0] < A.shape[1]:
        raise ValueError(f"expected at least as many rows as columns, got {A.shape}; transpose the matrix first")


def svd_values(A: jax.Array) -> jax.Array:
    """The N singular values of A (M, N), M >= N, in descending order; raises ValueError for M < N."""
    _linear_algebra_require_tall(A)
    return jnp.linalg.svd(A, compute_uv=False)


def svd_left(A: jax.Array) -> jax.Array:
    """Left singular vectors U (M, N) as columns, of A = U diag(s) V'; raises ValueError for M < N."""
    _linear_algebra_require_tall(A)
    return jnp.linalg.svd(A, full_matrices=False)[0]


def svd_right(A: jax.Array) -> jax.Array:
    """Right singular vectors V (N, N) as columns, of A = U diag(s) V'; raises ValueError for M < N."""
    _linear_algebra_require_tall(A)
    return jnp.linalg.svd(A, full_matrices=False)[2].T


def _linear_algebra_qr(A: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The thin QR factors with the diagonal of R nonnegative, so that they are unique for full column rank."""
    _linear_algebra_require_tall(A)
    Q, R = jnp.linalg.qr(A)
    sign = jnp.where(jnp.diagonal(R) < 0, -1.0, 1.0)
    return Q * sign[None, :], R * sign[:, None]


def qr_thin_Q(A: jax.Array) -> jax.Array:
    """Q (M, N) with orthonormal columns of A = Q R; raises ValueError for M < N."""
    return _linear_algebra_qr(A)[0]


def qr_thin_R(A: jax.Array) -> jax.Array:
    """R (N, N), upper triangular with nonnegative diagonal, of A = Q R; raises ValueError for M < N."""
    return _linear_algebra_qr(A)[1]


def matrix_power(A: jax.Array, n: ArrayLike) -> jax.Array:
    """A^n of a square matrix for an integer n >= 0, by repeated squaring.

    An n that is only known at run time costs 31 squarings (n < 2^31), in a loop that can be differentiated.
    """
    if isinstance(n, int):
        return jnp.asarray(jnp.linalg.matrix_power(A, n))
    exponent, identity = jnp.asarray(n, int), jnp.eye(A.shape[0])

    def square(bit: int, state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        result, base = state
        result = jnp.where((exponent >> bit) & 1 == 1, result @ base, result)
        return result, jnp.where(exponent >> (bit + 1) > 0, base @ base, base)

    result, _ = jax.lax.fori_loop(0, 31, square, (identity, jnp.asarray(A, float)))
    return jnp.asarray(result)
