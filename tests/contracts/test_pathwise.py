"""Draws follow the parameters as distributions say they do: the derivative of f at a draw is, on average, the derivative
of E[f(x)].

Every continuous distribution of the library whose draws have a derivative is tested at every case of its oracle and in every
real parameter. On the line f is five functions, smooth and bounded or the first two moments and the sine where these are light
enough, and the truth comes from the oracle's distribution function; elsewhere f is each component and its square, and the truth from the
oracle's moments. A test has a false-alarm rate of `ALPHA`; there are fewer than 4000 of them, which makes 8e-5 for the
file. Seeds are fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.contracts.gradients import (
    bounded,
    exact,
    implicit_draws,
    light,
    moments,
    movable,
    p_values,
    pathwise_draws,
    place,
    plain_draws,
    signature,
)  # fmt: skip
from tests.contracts.laws import NAMES, Rows, compute, declaration, rows
from tests.contracts.slopes import lines
from tests.contracts.slopes import slopes as differences
from tests.stdlib.distributions.oracle import Case, Params
from tests.stdlib.distributions.oracles import ORACLES

DRAWS = 8_000
ALPHA = 2e-8
MOST_TESTS = 4000
#: A point mass moves with its place, of which there is no distribution function to tell; its own test is below.
ATOMS = frozenset({"delta", "empirical"})
#: These are tested in the fast suite, the others in the slow one.
QUICK = frozenset({"normal", "exponential", "von_mises", "multi_normal"})
FOLLOWING = [
    name for name in NAMES if signature(name).pathwise != "none" and signature(name).parameters and name not in ATOMS
]


def on_line(x: Any) -> Any:
    """[functions] of a draw on the line."""
    return jnp.concatenate([bounded(x), moments(x)])


def derivatives(
    name: str, functions: Callable[[Any], Any], draws: Any, mode: Any = jax.jacrev
) -> Iterator[tuple[Params, Any]]:
    """For each case, the derivatives {parameter: [draws, functions, ...]} of functions of a draw, scaled if on the line."""
    keys = jax.random.split(jax.random.key(sum(name.encode())), DRAWS)
    line = not signature(name).support.rank
    for group in rows(name, [Case(c.params, c.points[:1]) for c in ORACLES[name].cases]):
        moving = {n: v for n, v in group.arrays.items() if v.dtype.kind == "f"}
        places = [(place(name, p) if line else None) for p in group.params]
        centres, widths = (
            np.array([getattr(p, side, u) for p in places]) for side, u in (("centre", 0.0), ("width", 1.0))
        )

        def one(moved: Any, fixed: Any, centre: Any, width: Any, key: Any, group: Rows = group) -> Any:
            def value(at: Any) -> Any:
                return functions((draws(group.bound.sizes, {**fixed, **at}, key)["x"] - centre) / width)

            return mode(value)(moved)

        every = jax.vmap(jax.vmap(one, in_axes=(None, None, None, None, 0)), in_axes=(0, 0, 0, 0, None))
        fixed = {n: v for n, v in group.arrays.items() if n not in moving}
        found = compute((every, (moving, fixed, centres, widths, keys)))
        for row, params in enumerate(group.params):
            yield params, {n: v[row] for n, v in found.items()}


@cache
def _tested(name: str) -> tuple[tuple[Params, dict[str, Any]], ...]:
    """What the draws say in each case, by parameter."""
    verdicts = _line_verdicts if not signature(name).support.rank else _event_verdicts
    return tuple(verdicts(name, pathwise_draws(name)))


def _line_verdicts(name: str, draws: Any, mode: Any = jax.jacrev) -> Iterator[tuple[Params, dict[str, Any]]]:
    for params, found in derivatives(name, on_line, draws, mode):
        where, told = place(name, params), {}
        keep = 6 if light(name, params, where) else 3
        for parameter, values in found.items():
            with np.errstate(all="ignore"):
                wanted = exact(name, params, parameter, where, on_line)[:keep]
            if movable(name, params, parameter) and np.isfinite(wanted).all():
                told[parameter] = p_values(values[:, :keep], wanted)
        yield params, told


def _components(x: Any) -> Any:
    """[functions]: the components of a vector or matrix, and their squares."""
    return jnp.concatenate([jnp.ravel(x), jnp.ravel(x) ** 2])


def _oracle_moments(name: str, params: Params) -> Any:
    """[functions]: the expectations of `_components`, not finite where nobody knows them."""
    oracle = ORACLES[name]
    assert oracle.sample_mean is not None
    mean = np.ravel(oracle.sample_mean(**params))
    variance = np.ravel(oracle.sample_variance(**params)) if oracle.sample_variance else np.full(mean.shape, np.nan)
    return np.concatenate([mean, variance + mean**2])


def _event_verdicts(name: str, draws: Any) -> Iterator[tuple[Params, dict[str, Any]]]:
    """Along a random direction in each parameter, against the differences of the oracle's moments."""
    kinds = {p.name: p.type.name for p in declaration(name).parameters if p.type}
    rng = np.random.default_rng(list(name.encode()))
    for params, found in derivatives(name, _components, draws):
        told = {}
        for parameter, values in found.items():
            line = lines({parameter: kinds[parameter]}, {parameter: np.asarray(params[parameter], float)[None]}, rng)
            points, (direction,) = line[parameter].points[:, 0], line[parameter].directions
            with np.errstate(all="ignore"):
                at = np.stack([_oracle_moments(name, {**params, parameter: point}) for point in points])
            wanted, _ = differences(at)
            along = (values * direction).reshape(*values.shape[:2], -1).sum(axis=-1)
            if np.isfinite(wanted).any():
                told[parameter] = p_values(along[:, np.isfinite(wanted)], wanted[np.isfinite(wanted)])
        yield params, told


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in FOLLOWING])
def test_the_mean_is_the_derivative(name: str) -> None:
    tested = _tested(name)
    assert {parameter for _, told in tested for parameter in told} == {p.name for p in signature(name).parameters}
    for params, told in tested:
        for parameter, found in told.items():
            assert found.min() > ALPHA, (params, parameter, found)


#: Laws on the line; the distribution function of a component is what a mixture follows.
ON_LINE = [name for name in FOLLOWING if not signature(name).support.rank and signature(name).pathwise == "draw"]


@cache
def _implicit(name: str) -> tuple[tuple[Params, dict[str, Any]], ...]:
    return tuple(_line_verdicts(name, implicit_draws(name)))


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n == "normal" else pytest.mark.slow) for n in ON_LINE])
def test_the_distribution_function_says_the_same_as_the_draw(name: str) -> None:
    for params, told in _implicit(name):
        for parameter, found in told.items():
            assert found.min() > ALPHA, (params, parameter, found)


@pytest.mark.slow
def test_the_false_alarm_rate_is_as_stated() -> None:
    verdicts = [*(_tested(name) for name in FOLLOWING), *(_implicit(name) for name in ON_LINE)]
    assert sum(v.size for tested in verdicts for _, told in tested for v in told.values()) <= MOST_TESTS


@pytest.mark.parametrize("name", [n for n in FOLLOWING if signature(n).pathwise == "implicit"])
def test_without_the_implicit_term_it_is_rejected(name: str) -> None:
    """Forwards: through a loop of rejections nothing can be differentiated backwards at all."""
    told = [t for _, t in _line_verdicts(name, plain_draws(name), jax.jacfwd)]
    for parameter in signature(name).parameters:
        assert min(t[parameter.name].min() for t in told if parameter.name in t) < ALPHA, parameter.name


def test_a_draw_that_does_not_follow_is_rejected() -> None:
    """A normal draw whose scale is stopped."""
    draws = plain_draws("normal")

    def stopped(sizes: Any, data: Any, key: Any) -> Any:
        return draws(sizes, {**data, "sigma": jax.lax.stop_gradient(data["sigma"])}, key)

    told = [t for _, t in _line_verdicts("normal", stopped)]
    assert min(t["sigma"].min() for t in told) < ALPHA
    assert min(t["mu"].min() for t in told) > ALPHA


def test_a_point_mass_moves_with_its_place() -> None:
    (group,) = rows("delta")
    draws = plain_draws("delta")
    job = jax.grad(lambda v: draws(group.bound.sizes, {"v": v}, jax.random.key(0))["x"])
    assert compute((job, (3.0,))) == 1.0


def test_laws_without_such_draws_say_so() -> None:
    for name in NAMES:
        law = signature(name)
        assert law.pathwise == "none" or not law.discrete
        assert law.pathwise != "none" or law.discrete or name == "flat"
