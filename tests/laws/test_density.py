"""What must hold between the things that can be asked of a program, on every golden program.

One function is compiled a program; it computes all sides of all laws at one point.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.contracts.sampling import every
from tests.laws.corpus import NAMES, bound, position

#: Half the step of a central difference: its error is about STEP^2 of a third derivative and 1e-16 / STEP of the value.
STEP = 1e-5

Sides = dict[str, Any]
_computed: dict[str, Sides] = {}


@pytest.fixture(params=every(list(NAMES), 3))
def sides(request: pytest.FixtureRequest) -> Sides:
    """All sides of the laws for one program, computed once."""
    name = request.param
    if name not in _computed:
        b, q = bound(name), jnp.asarray(position(bound(name)))

        def everything(q: jax.Array) -> Sides:
            values = b.constrain(q)
            steps = STEP * jnp.eye(q.size)
            density, slope = jax.value_and_grad(b.log_density_unconstrained)(q)
            along = jax.vmap(b.log_density_unconstrained)
            return {
                "values": values,
                "back": b.unconstrain(values),
                "log_density": b.log_density(values),
                "factors": b.factors(values),
                "unconstrained": density,
                "gradient": slope,
                "differences": (along(q[None, :] + steps) - along(q[None, :] - steps)) / (2 * STEP),
            }

        _computed[name] = {"q": q, **jax.jit(everything)(q)}
    return _computed[name]


def test_unconstrain_undoes_constrain(sides: Sides) -> None:
    np.testing.assert_allclose(sides["back"], sides["q"], rtol=1e-12, atol=1e-13)


def test_factors_add_up_to_the_density(sides: Sides) -> None:
    assert np.isfinite(sides["log_density"])
    assert all(np.shape(v) == () for v in sides["factors"].values())
    np.testing.assert_allclose(sum(sides["factors"].values()), sides["log_density"], rtol=1e-12)


def test_gradients_are_those_of_finite_differences(sides: Sides) -> None:
    scale = max(1.0, abs(float(sides["unconstrained"])))
    np.testing.assert_allclose(sides["gradient"], sides["differences"], rtol=1e-6, atol=1e-9 * scale)


def test_densities_are_scalars_in_double_precision(sides: Sides) -> None:
    for name in ("log_density", "unconstrained"):
        assert sides[name].shape == ()
        assert sides[name].dtype == jnp.float64
