"""Every distribution of the library, compiled: its density, gradient and support against its oracle."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime.samplers.executable import enable_x64
from tests.contracts.laws import (
    CONTINUOUS, NAMES, Job, Situation, at_once, declaration, got, library, situations, support_dims,
)  # fmt: skip
from tests.contracts.slopes import along, agree, directions, slopes
from tests.stdlib.distributions.oracles import ORACLES

#: A point mass has no slope.
ATOMS = frozenset({"delta"})
FREE_POINTS = 6


@pytest.fixture(scope="module")
def results() -> dict[Hashable, Any]:
    """Everything that is computed here, by (test, distribution, number of the case)."""
    enable_x64()
    jobs: dict[Hashable, Callable[[], Job]] = {}
    for name in NAMES:
        if name not in ORACLES:
            continue  # reported by the first test
        jobs["lifted", name] = partial(_lifted, name)
        for number, s in enumerate(situations(name)):
            jobs["density", name, number] = partial(_density, s)
            jobs["observed", name, number] = partial(_observed, s)
            jobs["slopes", name, number] = partial(_slopes, s)
            if name in CONTINUOUS:
                jobs["support", name, number] = partial(_support, s)
    with jax.numpy_rank_promotion("raise"):
        return at_once(jobs)


def test_every_distribution_has_an_oracle() -> None:
    assert set(NAMES) == set(ORACLES)


def close(found: Any, wanted: Any, tolerance: float) -> Any:
    """Equal up to an absolute plus relative error; infinities are equal to themselves."""
    with np.errstate(invalid="ignore"):
        return (found == wanted) | (np.abs(found - wanted) <= tolerance * (1 + np.abs(wanted)))


# ---------------------------------------------------------------- the density


def _density(s: Situation) -> Job:
    return lambda arrays, points: jax.vmap(lambda x: s.log_density(arrays, x))(points), (s.arrays, s.points)


@pytest.mark.parametrize("name", NAMES)
def test_log_density(name: str, results: dict[Hashable, Any]) -> None:
    for number, s in enumerate(situations(name)):
        found = got(results, ("density", name, number))
        right = close(found, s.expected, s.oracle.tolerance)
        assert right.all(), (s.case.params, s.points[~right], found[~right], s.expected[~right])


def _observed(s: Situation) -> Job:
    points = s.points[np.isfinite(s.expected)]
    return lambda given: jax.vmap(s.log_likelihood)(given), (points,)


@pytest.mark.parametrize("name", NAMES)
def test_the_density_of_data_is_the_same(name: str, results: dict[Hashable, Any]) -> None:
    """Where `x` is data, other code is emitted: what depends on it alone is computed once."""
    for number, s in enumerate(situations(name)):
        found, wanted = got(results, ("observed", name, number)), s.expected[np.isfinite(s.expected)]
        assert close(found, wanted, s.oracle.tolerance).all(), (s.case.params, found, wanted)


def _finite(name: str) -> list[tuple[Any, Any, float]]:
    return [
        (s.case.params, point, value)
        for s in situations(name)
        for point, value in zip(s.case.points, s.expected, strict=True)
        if np.isfinite(value)
    ]


def _lifted(name: str) -> Job:
    rows = _finite(name)
    stacked = {p.name: np.stack([np.asarray(row[0][p.name]) for row in rows]) for p in declaration(name).parameters}
    own = {d: ORACLES[name].event_shape[-1] for d in support_dims(name)}
    size = {} if stacked else {"C": len(rows)}
    bound = library().models[f"{name}_lifted"](**stacked, **own, **size)
    values = {"x": np.stack([np.asarray(row[1]) for row in rows])}
    return lambda given: bound.log_density(given), (values,)


@pytest.mark.parametrize("name", NAMES)
def test_arrays_of_parameters_make_independent_draws(name: str, results: dict[Hashable, Any]) -> None:
    found, wanted = got(results, ("lifted", name)), [row[2] for row in _finite(name)]
    assert abs(found - sum(wanted)) <= ORACLES[name].tolerance * (len(wanted) + np.abs(wanted).sum())


# ---------------------------------------------------------------- its slope


def _slopes(s: Situation) -> Job:
    """Along random directions in `x` and in every parameter: the derivative, and values on a line through the point."""
    types = {p.name: p.type for p in declaration(s.name).parameters}
    written = {n: types[n] for n, v in s.arrays.items() if v.dtype.kind == "f"}
    if not s.oracle.discrete:
        written["x"] = declaration(s.name).support
    rng = np.random.default_rng(list(s.name.encode()))
    names = {n: (t.name if t is not None else "real") for n, t in written.items()}
    lines = [directions(names, {**s.arrays, "x": x}, rng) for x in s.points]
    tangents = {n: np.stack([line[n] for line in lines]) for n in names}

    def one(x: Any, tangent: dict[str, Any]) -> dict[str, Any]:
        def value(moved: dict[str, Any]) -> Any:
            given = {**s.arrays, "x": x, **moved}
            return s.log_density({n: v for n, v in given.items() if n != "x"}, given["x"])

        at = {n: jnp.asarray(x if n == "x" else s.arrays[n]) for n in names}
        return {n: along(value, at, n, tangent[n]) for n in names}

    return jax.vmap(one), (s.points, tangents)


@pytest.mark.parametrize("name", sorted(set(NAMES) - ATOMS))
def test_the_gradient_is_that_of_the_density(name: str, results: dict[Hashable, Any]) -> None:
    """Against central differences of fourth order; at edges and kinks there is nothing to compare."""
    compared: dict[str, int] = {}
    for number, s in enumerate(situations(name)):
        for argument, (derivative, values) in got(results, ("slopes", name, number)).items():
            difference, usable = slopes(values)
            right = agree(derivative, difference, values) | ~usable
            assert right.all(), (s.case.params, argument, s.points[~right], derivative[~right], difference[~right])
            compared[argument] = compared.get(argument, 0) + int(usable.sum())
    assert all(compared.values()), f"nowhere compared: {compared}"


# ---------------------------------------------------------------- its support


def _support(s: Situation) -> Job:
    rng = np.random.default_rng(list(s.name.encode()))
    free = 2.0 * rng.standard_normal((FREE_POINTS, s.bound.dimension))

    def one(q: Any) -> dict[str, Any]:
        x = s.bound.constrain(q)["x"]
        jacobian = jax.jacfwd(lambda z: s.bound.constrain(z)["x"])(q)
        return {
            "back": s.bound.unconstrain({"x": x}),
            "density": s.log_density(s.arrays, x),
            "free density": s.bound.log_density_unconstrained(q),
            # Only where as many numbers come out as go in is there one determinant for all supports.
            "volume": jnp.linalg.slogdet(jacobian.reshape(q.size, q.size))[1] if x.size == q.size else jnp.nan,
        }

    return lambda given: (given, jax.vmap(one)(given)), (free,)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_the_support_is_where_the_transform_leads(name: str, results: dict[Hashable, Any]) -> None:
    """Any vector leads into the support and back, and the Jacobian is that of the transform."""
    for number, s in enumerate(situations(name)):
        free, found = got(results, ("support", name, number))
        np.testing.assert_allclose(found["back"], free, rtol=1e-7, atol=1e-7)
        if name in ATOMS:
            continue
        assert np.isfinite(found["density"]).all() and np.isfinite(found["free density"]).all(), s.case.params
        volume = found["free density"] - found["density"]
        known = ~np.isnan(found["volume"])
        np.testing.assert_allclose(volume[known], found["volume"][known], rtol=1e-7, atol=1e-7)
