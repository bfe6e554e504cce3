"""Roots of symmetric matrices without negative eigenvalues."""

import jax
import jax.numpy as jnp


@jax.custom_jvp
def matrix_sqrt(A: jax.Array) -> jax.Array:
    """The symmetric R (N, N) without negative eigenvalues with R R = A. Its derivative dR solves R dR + dR R = dA:
    it is right where eigenvalues are equal, and does not exist where one is 0."""
    values, V = jnp.linalg.eigh((A + A.T) / 2)
    return jnp.asarray((V * jnp.sqrt(jnp.maximum(values, 0.0))[None, :]) @ V.T)


@matrix_sqrt.defjvp
def _matrix_sqrt_change(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    """The solution of R dR + dR R = dA in the coordinates of the eigenvectors."""
    R = matrix_sqrt(primals[0])
    roots, V = jnp.linalg.eigh(R)
    inner = V.T @ ((tangents[0] + tangents[0].T) / 2) @ V
    return R, V @ (inner / (roots[:, None] + roots[None, :])) @ V.T
