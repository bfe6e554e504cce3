"""The densities that the benchmarks compare are the same function: equal up to a constant, equal gradients."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import numpy as np
import pytest

from benchmarks.cases import POSTERIORS, Case, names
from pushforward.runtime.samplers.executable import enable_x64
from tests.contracts.sampling import every

POINTS = 4
FAST = ("arK", "eight_schools_noncentered", "garch11")

Array = np.ndarray[Any, np.dtype[np.float64]]


@cache
def values_and_gradients(name: str, which: str) -> tuple[Array, Array]:
    """f64[points] and f64[points, dim] of one of the densities, at the same random points for all."""
    enable_x64()
    case = Case(name)
    density, data = getattr(case, which)()
    both = jax.jit(jax.value_and_grad(density))
    found = [both(point, data) for point in case.points(POINTS)]
    return np.array([value for value, _ in found]), np.array([gradient for _, gradient in found])


def assert_same(name: str, which: str) -> None:
    """The values differ from the emitted density's by one constant, the gradients not at all."""
    value, gradient = values_and_gradients(name, "emitted")
    other, other_gradient = values_and_gradients(name, which)
    assert np.isfinite(value).all()
    scale = np.abs(value).max() + np.abs(other).max()
    assert np.ptp(value - other) <= 1e-11 * scale
    np.testing.assert_allclose(gradient, other_gradient, rtol=1e-8, atol=1e-11 * scale)


@pytest.mark.parametrize("name", every(list(names()), 3))
def test_by_hand(name: str) -> None:
    """The hand-written density is the emitted one."""
    assert_same(name, "by_hand")


@pytest.mark.parametrize("name", every(FAST, 3))
def test_numpyro(name: str) -> None:
    """NumPyro's potential is the emitted density's negative."""
    assert_same(name, "numpyro")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in names() if name not in FAST])
def test_numpyro_of_the_others(name: str) -> None:
    """The same for the other posteriors: compiling NumPyro's takes seconds for each."""
    assert_same(name, "numpyro")


def test_all_posteriors_are_compared() -> None:
    """Every example with a program has both peers."""
    assert {path.parent.name for path in POSTERIORS.glob("*/model.pf")} == set(names())
