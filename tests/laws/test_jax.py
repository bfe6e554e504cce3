"""What programs compile to is JAX: `jit`, `vmap` and `grad` go through, in double precision and in single."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.api import Bound
from tests.contracts.sampling import every
from tests.laws.corpus import bound, data, model, position

#: Whole arrays, a recursion and a mixture.
NAMES = ("eight_schools", "nested_loops", "mixture_family")

each = pytest.mark.parametrize("name", every(NAMES, 2))


@each
def test_log_density_under_jit_vmap_and_grad(name: str) -> None:
    b = bound(name)
    q = jnp.stack([jnp.asarray(position(b, seed)) for seed in (1, 2, 3)])
    values = jax.jit(jax.vmap(b.constrain))(q)
    alone = jax.jit(b.log_density)
    one_by_one = [alone(jax.tree.map(lambda v: v[i], values)) for i in range(3)]  # noqa: B023
    together, slopes = jax.jit(jax.vmap(jax.value_and_grad(b.log_density)))(values)
    np.testing.assert_allclose(together, jnp.stack(one_by_one), rtol=1e-12)
    assert {n: s.shape for n, s in slopes.items()} == {n: v.shape for n, v in values.items()}
    assert all(np.isfinite(s).all() for s in slopes.values())


@each
def test_log_density_unconstrained_under_jit_vmap_and_hessian(name: str) -> None:
    b = bound(name)
    q = jnp.stack([jnp.asarray(position(b, seed)) for seed in (1, 2)])
    together = jax.jit(jax.vmap(b.log_density_unconstrained))(q)
    alone = jax.jit(b.log_density_unconstrained)
    np.testing.assert_allclose(together, [alone(x) for x in q], rtol=1e-12)
    curvature = jax.jit(jax.hessian(b.log_density_unconstrained))(q[0])
    np.testing.assert_allclose(curvature, curvature.T, rtol=1e-9, atol=1e-9)


@each
def test_draws_under_jit_and_vmap(name: str) -> None:
    """The same key gives the same draw, alone or in a batch."""
    b = bound(name)
    keys = jax.random.split(jax.random.key(0), 3)
    together = jax.jit(jax.vmap(b.simulate))(keys)
    alone = jax.jit(b.simulate)(keys[1])
    assert together.keys() == alone.keys()
    for n, v in alone.items():
        np.testing.assert_allclose(together[n][1], v, rtol=1e-10, err_msg=n)


def test_draws_have_derivatives_in_what_they_are_drawn_around() -> None:
    """Draws of location-scale laws move with their arguments: dy/dtheta is one."""
    b = bound("eight_schools")

    def drawn(theta: jax.Array) -> jax.Array:
        return jnp.sum(b.predictive({"mu": 0.0, "tau": 1.0, "theta": theta}, jax.random.key(0))["y"])

    np.testing.assert_allclose(jax.grad(drawn)(jnp.zeros(8)), np.ones(8), rtol=1e-12)


@each
def test_single_precision(name: str) -> None:
    """Without double precision everything is computed in single, and agrees as far as single goes."""
    b = bound(name)
    q = position(b)

    def both(of: Bound, q: Any) -> dict[str, Any]:
        sides = jax.jit(lambda q: {"u": of.log_density_unconstrained(q), "d": of.log_density(of.constrain(q))})
        return dict(sides(q))

    exact = both(b, jnp.asarray(q))
    with jax.enable_x64(False):
        again = model(name).with_data(data(name))  # nothing computed in double precision is kept
        single = jnp.asarray(q, jnp.float32)
        found = both(again, single)
        drawn = jax.jit(again.simulate)(jax.random.key(0))
    for what, value in found.items():
        assert value.dtype == jnp.float32
        np.testing.assert_allclose(value, exact[what], rtol=2e-5)
    assert {v.dtype for v in drawn.values()} <= {jnp.dtype("float32"), jnp.dtype("int32")}


def test_values_may_be_anything_that_becomes_an_array() -> None:
    b = bound("eight_schools")
    values = {"mu": 1, "tau": np.float64(2), "theta": list(range(8))}
    exact = b.log_density({"mu": 1.0, "tau": jnp.asarray(2.0), "theta": jnp.arange(8.0)})
    np.testing.assert_allclose(b.log_density(values), exact, rtol=1e-12)
