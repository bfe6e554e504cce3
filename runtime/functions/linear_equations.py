"""The law of linear stochastic equations, dx = (A x + b) dt + L dW: where x is after a time h, on average and spread.

Van Loan (1978), "Computing integrals involving the matrix exponential": the integrals are blocks of the exponential of
a larger matrix. It is taken for a 256th of the time, which is then doubled eight times: the large matrix has A and -A
in it, whose exponentials would overflow in each other's company over a time that is long for A.
"""

import jax
import jax.numpy as jnp

#: How often the time is doubled.
DOUBLINGS = 8


def flow(A: jax.Array, h: jax.Array | float) -> jax.Array:
    """exp(A h), for A (N, N)."""
    return jnp.asarray(jax.scipy.linalg.expm(A * h))


def shift(A: jax.Array, b: jax.Array, h: jax.Array | float) -> jax.Array:
    """The integral of exp(A s) b for s from 0 to h: where x is from 0, without noise. A (N, N), b (N,)."""
    n = b.shape[0]
    whole = jnp.zeros((n + 1, n + 1), A.dtype).at[:n, :n].set(A * h).at[:n, n].set(b * h)
    return jnp.asarray(jax.scipy.linalg.expm(whole)[:n, n])


def spread(A: jax.Array, Q: jax.Array, h: jax.Array | float) -> jax.Array:
    """The integral of exp(A s) Q exp(A' s) for s from 0 to h: the covariance of x, Q = L L' being that of the noise in
    a unit of time. A and Q (N, N), Q symmetric."""
    n = A.shape[0]
    part = h / 2**DOUBLINGS
    whole = jnp.zeros((2 * n, 2 * n), A.dtype)
    whole = whole.at[:n, :n].set(A * part).at[:n, n:].set(Q * part).at[n:, n:].set(-A.T * part)
    blocks = jax.scipy.linalg.expm(whole)
    F = blocks[:n, :n]
    S = blocks[:n, n:] @ F.T
    for _ in range(DOUBLINGS):
        S = S + F @ S @ F.T
        F = F @ F
    return jnp.asarray(0.5 * (S + S.T))
