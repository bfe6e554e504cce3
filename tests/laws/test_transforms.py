"""The density of the unconstrained vector is that of the variables with the log-Jacobian, for every kind of constraint.

The base measure of a kind is Lebesgue's in some of its coordinates (the first K - 1 of a simplex, the triangle of a
factor); the Jacobian is the determinant of those by automatic differentiation, and shares nothing with the transform's
own formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.api import Bound, loads

Coordinates = Callable[[jax.Array], jax.Array]


def whole(x: jax.Array) -> jax.Array:
    return jnp.ravel(x)


def but_last(x: jax.Array) -> jax.Array:
    """Of each row all but the last entry."""
    return jnp.ravel(x[..., :-1])


def triangle(x: jax.Array) -> jax.Array:
    """The lower triangle with its diagonal."""
    return x[jnp.tril_indices(x.shape[-1])]


def below_diagonal(x: jax.Array) -> jax.Array:
    return x[jnp.tril_indices(x.shape[-1], -1)]


def matrices(one: Coordinates) -> Coordinates:
    """The coordinates of every matrix of a batch."""
    return lambda x: jnp.ravel(jax.vmap(one)(x))


KINDS: dict[str, Coordinates] = {
    "real": whole,
    "vector[2]": whole,
    "positive": whole,
    "positive[2]": whole,
    "unit[2]": whole,
    "real<lower=2>": whole,
    "real<lower=a>": whole,
    "real<upper=2 + a>": whole,
    "real<lower=-1, upper=2>[2]": whole,
    "real<lower=a, upper=a + 3>": whole,
    "ordered[3]": whole,
    "ordered[2, 3]": whole,
    "positive_ordered[3]": whole,
    "simplex[3]": but_last,
    "simplex[2, 3]": but_last,
    "stochastic_matrix[2, 3]": but_last,
    "cholesky_corr[3]": below_diagonal,
    "cholesky_corr[2, 3]": matrices(below_diagonal),
    "corr_matrix[3]": below_diagonal,
    "cov_matrix[3]": triangle,
    "cholesky_cov[3]": triangle,
}


def declared(type_: str) -> Bound:
    """A program with a variable `x` of this type, and a variable `a` before it."""
    return loads(f"model m() {{\n  a ~ normal(0, 1)\n  x: {type_} ~ flat()\n}}").m()


def log_jacobian(b: Bound, q: Any) -> tuple[Any, Any]:
    """By the program, and of the variable at the unconstrained vector."""
    values = b.constrain(q)
    return b.log_density_unconstrained(q) - b.log_density(values), values["x"]


@pytest.mark.parametrize("type_", KINDS)
def test_the_log_jacobian_is_that_of_the_transform(type_: str) -> None:
    b = declared(type_)
    q = jnp.asarray(np.random.default_rng(3).normal(size=b.dimension))

    def both(q: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        coordinates = lambda free: KINDS[type_](b.constrain(jnp.concatenate([q[:1], free]))["x"])  # noqa: E731
        sign_and_log = jnp.linalg.slogdet(jax.jacfwd(coordinates)(q[1:]))
        return log_jacobian(b, q)[0], sign_and_log[1], b.unconstrain(b.constrain(q))

    by_program, by_determinant, back = jax.jit(both)(q)
    np.testing.assert_allclose(by_program, by_determinant, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(back, q, rtol=1e-9, atol=1e-12)


def test_a_vector_whose_sum_is_zero_is_an_isometry() -> None:
    """There are no K - 1 coordinates that everyone would choose: the volume is that of the plane, sqrt(det J'J)."""
    b = declared("sum_to_zero[4]")
    q = jnp.asarray(np.random.default_rng(4).normal(size=b.dimension))
    slopes = jax.jacfwd(lambda free: b.constrain(jnp.concatenate([q[:1], free]))["x"])(q[1:])
    np.testing.assert_allclose(slopes.T @ slopes, np.eye(3), atol=1e-12)
    by_program, x = log_jacobian(b, q)
    np.testing.assert_allclose([by_program, jnp.sum(x)], [0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(b.unconstrain(b.constrain(q)), q, rtol=1e-12)


def test_a_unit_vector_keeps_total_mass() -> None:
    """K free coordinates for K - 1 dimensions: the length has the law of a standard normal vector's.

    So the uniform law on the sphere, with density Gamma(K/2) / (2 pi^(K/2)), is that of a standard normal vector.
    """
    b, K = declared("unit_vector[3]"), 3
    q = jnp.asarray(np.random.default_rng(5).normal(size=b.dimension))
    by_program, x = log_jacobian(b, q)
    uniform = math.lgamma(K / 2) - math.log(2) - K / 2 * math.log(math.pi)
    normal = -0.5 * jnp.sum(q[1:] ** 2) - K / 2 * math.log(2 * math.pi)
    np.testing.assert_allclose(by_program + uniform, normal, rtol=1e-12)
    np.testing.assert_allclose(jnp.sum(x**2), 1.0, rtol=1e-12)
    np.testing.assert_allclose(b.constrain(b.unconstrain(b.constrain(q)))["x"], x, rtol=1e-12)
