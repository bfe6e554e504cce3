"""Every distribution of the library, compiled: its density, gradient and support against its oracle."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np
import pytest

from tests.contracts.laws import (
    CONTINUOUS,
    NAMES,
    Job,
    Rows,
    compute,
    declaration,
    library,
    rows,
    support_dims,
)
from tests.contracts.sampling import every
from tests.contracts.slopes import Line, agree, lines, slopes
from tests.stdlib.distributions.oracles import ORACLES

#: A point mass has no slope.
ATOMS = frozenset({"delta", "empirical"})


def test_every_distribution_has_an_oracle() -> None:
    assert set(NAMES) == set(ORACLES)


def close(found: Any, wanted: Any, tolerance: float) -> Any:
    """Equal up to an absolute plus relative error; infinities are equal to themselves."""
    with np.errstate(invalid="ignore"):
        return (found == wanted) | (np.abs(found - wanted) <= tolerance * (1 + np.abs(wanted)))


def shown(group: Rows, wrong: Any, *columns: Any) -> str:
    """The rows that are wrong, with what was found and expected."""
    numbers = np.flatnonzero(wrong)
    return "\n".join(f"{dict(group.params[i])} x={group.points[i]}: {[c[i] for c in columns]}" for i in numbers)


# ---------------------------------------------------------------- the density


def _density(group: Rows) -> Job:
    return jax.vmap(group.log_density), (group.arrays, group.points)


@pytest.mark.parametrize("name", NAMES)
def test_log_density(name: str) -> None:
    for group in rows(name):
        found = compute(_density(group))
        wrong = ~close(found, group.expected, group.oracle.tolerance)
        assert not wrong.any(), shown(group, wrong, found, group.expected)


def _inside(group: Rows) -> Rows:
    return group.where(np.isfinite(group.expected))


def _observed(group: Rows) -> Job:
    inside = _inside(group)
    return jax.vmap(inside.log_likelihood), (inside.arrays, inside.points)


@pytest.mark.parametrize("name", NAMES)
def test_the_density_of_data_is_the_same(name: str) -> None:
    """Where `x` is data, other code is emitted: what depends on it alone is computed once."""
    for group in rows(name):
        inside, found = _inside(group), compute(_observed(group))
        wrong = ~close(found, inside.expected, group.oracle.tolerance)
        assert not wrong.any(), shown(inside, wrong, found, inside.expected)


def _lifted(name: str) -> Job:
    inside = [_inside(group) for group in rows(name)]
    params = [p for group in inside for p in group.params]
    stacked = {p.name: np.stack([np.asarray(row[p.name]) for row in params]) for p in declaration(name).parameters}
    own = {d: ORACLES[name].event_shape[-1] for d in support_dims(name)}
    size = {} if stacked else {"C": len(params)}
    bound = library().models[f"{name}_lifted"](**stacked, **own, **size)
    return bound.log_density, ({"x": np.concatenate([group.points for group in inside])},)


@pytest.mark.parametrize("name", every(NAMES, 3))
def test_arrays_of_parameters_make_independent_draws(name: str) -> None:
    found = compute(_lifted(name))
    wanted = np.concatenate([_inside(group).expected for group in rows(name)])
    assert abs(found - wanted.sum()) <= ORACLES[name].tolerance * (wanted.size + np.abs(wanted).sum())


# ---------------------------------------------------------------- its slope


def _slope_lines(group: Rows) -> dict[str, Line]:
    """Directions in every real parameter and in `x`, the same on every call."""
    types = {p.name: p.type.name for p in declaration(group.name).parameters if p.type}
    kinds = {n: types[n] for n, v in group.arrays.items() if v.dtype.kind == "f"}
    values = dict(group.arrays)
    if not group.oracle.discrete:
        kinds["x"], values["x"] = declaration(group.name).support.name, group.points
    return lines(kinds, values, np.random.default_rng(list(group.name.encode())))


def _slopes(group: Rows) -> Job:
    """Gradients of each row, and densities [lines, rows] at points on lines through it."""
    moving = _slope_lines(group)
    given = {**group.arrays, "x": group.points}

    def density(moved: dict[str, Any], fixed: dict[str, Any]) -> Any:
        everything = {**moved, **fixed}
        return group.log_density({n: v for n, v in everything.items() if n != "x"}, everything["x"])

    moved = {n: given.pop(n) for n in moving}
    displaced = {
        n: np.concatenate([line.points if m == n else line.still(moved[n]) for m, line in moving.items()])
        for n in moving
    }
    if not moving:
        return lambda: ({}, np.zeros((0, len(group.points)))), ()
    gradient = jax.vmap(jax.grad(density))
    values = jax.vmap(jax.vmap(density), in_axes=(0, None))
    return lambda a, b, c: (gradient(a, c), values(b, c)), (moved, displaced, given)


@pytest.mark.parametrize("name", every(sorted(set(NAMES) - ATOMS), 2))
def test_the_gradient_is_that_of_the_density(name: str) -> None:
    """Against central differences of fourth order; at edges and kinks there is nothing to compare."""
    compared: dict[str, int] = {}
    for group in rows(name)[:1]:  # other static parameters are the same code
        gradient, values = compute(_slopes(group))
        moving = _slope_lines(group)
        for (argument, line), on_line in zip(moving.items(), np.split(values, max(len(moving), 1)), strict=False):
            derivative = line.derivative(gradient[argument])
            difference, usable = slopes(on_line)
            wrong = usable & ~agree(derivative, difference, on_line)
            assert not wrong.any(), f"{argument}\n{shown(group, wrong, derivative, difference)}"
            compared[argument] = compared.get(argument, 0) + int(usable.sum())
    assert all(compared.values()), f"nowhere compared: {compared}"


# ---------------------------------------------------------------- its support


def _support(group: Rows) -> Job:
    rng = np.random.default_rng(list(group.name.encode()))
    free = 2.0 * rng.standard_normal((len(group.points), group.bound.dimension))

    def one(arrays: dict[str, Any], q: Any) -> dict[str, Any]:
        # Only a single number has the same Jacobian for all supports; those of vectors have tests of their own.
        x, speed = jax.jvp(partial(group.constrain, arrays), (q,), (jax.numpy.ones_like(q),))
        return {
            "back": group.unconstrain(arrays, x),
            "density": group.log_density(arrays, x),
            "free density": group.log_density_unconstrained(arrays, q),
            "volume": jax.numpy.log(abs(speed)) if q.size == 1 else jax.numpy.nan,
        }

    return lambda arrays, q: (q, jax.vmap(one)(arrays, q)), (group.arrays, free)


@pytest.mark.parametrize("name", every(CONTINUOUS, 2))
def test_the_support_is_where_the_transform_leads(name: str) -> None:
    """Any vector leads into the support and back, and the Jacobian is that of the transform."""
    for group in rows(name):
        free, found = compute(_support(group))
        np.testing.assert_allclose(found["back"], free, rtol=1e-7, atol=1e-7)
        if name in ATOMS:
            continue
        assert np.isfinite(found["density"]).all() and np.isfinite(found["free density"]).all()
        if free.shape[1] == 1:
            volume = found["free density"] - found["density"]
            np.testing.assert_allclose(volume, np.ravel(found["volume"]), rtol=1e-7, atol=1e-7)
