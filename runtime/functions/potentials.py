"""The potential of a bridge that is a mixture, v(y) = sum_k exp(w_k) N(y; r_k, diag S_k) without the factors of 2 pi,
and its integrals: for many points at once, by products of matrices."""

import jax
import jax.numpy as jnp


def log_potential(y: jax.Array, w: jax.Array, r: jax.Array, S: jax.Array) -> jax.Array:
    """log v at the rows of y (N, D), for w (K,), r and S (K, D)."""
    constant = w - 0.5 * jnp.sum(r**2 / S + jnp.log(S), axis=1)
    return jax.nn.logsumexp(constant[None, :] - 0.5 * (y**2) @ (1 / S).T + y @ (r / S).T, axis=1)


def log_potential_mass(x: jax.Array, w: jax.Array, r: jax.Array, S: jax.Array, eps: jax.Array) -> jax.Array:
    """The logarithm of the integral of exp(x'y / eps) v(y), for the rows of x (N, D)."""
    return jax.nn.logsumexp(w[None, :] + x @ r.T / eps + 0.5 * (x / eps) ** 2 @ S.T, axis=1)


def potential_weights(
    t: jax.Array, x: jax.Array, w: jax.Array, r: jax.Array, S: jax.Array, eps: jax.Array
) -> jax.Array:
    """The logarithms of the weights (K,) of the components for a path that is at x (D,) at the time t. Where S is 0, t
    is less than 1."""
    wide = eps * (1 - t) + t * S
    x = x[None, :]
    return w + jnp.sum((r * x - 0.5 * t * r**2 + 0.5 * (S / eps - 1) * x**2) / wide - 0.5 * jnp.log(wide), axis=1)


def potential_drift(
    t: jax.Array, x: jax.Array, w: jax.Array, r: jax.Array, S: jax.Array, eps: jax.Array
) -> jax.Array:
    """The drift (D,) at the time t and the state x (D,): that of each component, weighted."""
    share = jax.nn.softmax(potential_weights(t, x, w, r, S, eps))
    wide = eps * (1 - t) + t * S
    return share @ ((eps * (r - x[None, :]) + S * x[None, :]) / wide)
