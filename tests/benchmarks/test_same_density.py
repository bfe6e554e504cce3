"""The densities that the benchmarks compare are the same function: equal up to a constant, with equal gradients."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from benchmarks.cases import Case, names
from pushforward.runtime.samplers.executable import enable_x64

POINTS = 4


def _values_and_gradients(density, data, points):
    both = jax.jit(lambda q: jax.vmap(jax.value_and_grad(lambda p: density(p, data)))(q))
    return tuple(np.asarray(x) for x in both(points))


@pytest.mark.parametrize("peer", ["by_hand", "numpyro"])
@pytest.mark.parametrize("name", names())
def test_same_density(name: str, peer: str) -> None:
    """Values at four random points differ from the emitted density's by one constant, gradients not at all."""
    enable_x64()
    case = Case(name)
    points = case.points(POINTS)
    value, gradient = _values_and_gradients(*case.emitted(), points)
    other, other_gradient = _values_and_gradients(*getattr(case, peer)(), points)
    assert np.isfinite(value).all()
    difference = value - other
    scale = np.abs(value).max() + np.abs(other).max()
    assert np.ptp(difference) <= 1e-11 * scale
    np.testing.assert_allclose(gradient, other_gradient, rtol=1e-8, atol=1e-11 * scale)


def test_all_posteriors_are_compared() -> None:
    """Every example with a program has both peers."""
    folders = {path.parent.name for path in (Case("arK").program.parent.parent).glob("*/model.pf")}
    assert folders == set(names())
