"""The weak derivatives that distributions declare are derivatives: on average, constant * (f(plus) - f(minus)) is the
derivative of E[f(x)], for smooth f and for f that jumps.

Every `mvd_` member of the library is tested, at every case of its oracle, on five functions. A test has a false-alarm rate of
`ALPHA`; there are fewer than 1000 of them, which makes 1e-4 for the file. Seeds are fixed. With 10 000 draws an error of
an eighth of a standard deviation of the estimator is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.contracts.gradients import bounded, exact, exact_jumps, jump, movable, p_values, place, signature, weak_draws
from tests.contracts.laws import NAMES, Rows, compute, rows
from tests.stdlib.distributions.oracle import Case, Params
from tests.stdlib.distributions.oracles import ORACLES

DRAWS = 10_000
ALPHA = 1e-7
MOST_TESTS = 1000
#: These are tested in the fast suite, the others in the slow one.
QUICK = frozenset({"normal", "bernoulli", "geometric", "exponential", "uniform"})
DECLARED = [(name, weak.parameter) for name in NAMES for weak in signature(name).weak]


def estimates(
    name: str, parameter: str, cases: list[Case], wrong: Callable[[Any, Any], Any] = lambda constant, value: constant
) -> list[tuple[Params, Any]]:
    """For each case, its parameters and [draws, functions] of the derivative in a parameter; `wrong` spoils the constant."""
    draws = weak_draws(name, parameter)
    found: list[tuple[Params, Any]] = []
    keys = jax.random.split(jax.random.key(sum(f"{name} {parameter}".encode())), DRAWS)
    for group in rows(name, [Case(c.params, c.points[:1]) for c in cases]):
        places = [place(name, params) for params in group.params]

        def one(data: Any, centre: Any, width: Any, key: Any, group: Rows = group) -> Any:
            value = draws(group.bound.sizes, data, key)
            plus, minus = ((value[side] - centre) / width for side in ("plus", "minus"))
            difference = jnp.concatenate([bounded(plus) - bounded(minus), jump(plus) - jump(minus)])
            return wrong(value["constant"], data[parameter]) * difference

        every = jax.vmap(jax.vmap(one, in_axes=(None, None, None, 0)), in_axes=(0, 0, 0, None))
        centres, widths = (np.array([getattr(p, side) for p in places]) for side in ("centre", "width"))
        found += list(zip(group.params, compute((every, (group.arrays, centres, widths, keys))), strict=True))
    return found


def wanted(name: str, parameter: str, params: Params) -> Any:
    """[functions]: what the estimates should be on average."""
    where = place(name, params)
    with np.errstate(all="ignore"):
        smooth = exact(name, params, parameter, where, bounded)
        return np.concatenate([smooth, exact_jumps(name, params, parameter, where)])


@cache
def _tested(name: str, parameter: str) -> tuple[tuple[Params, Any], ...]:
    """The cases in which the parameter can move both ways, and what the draws say there."""
    truths = [(c, wanted(name, parameter, c.params)) for c in ORACLES[name].cases if movable(name, c.params, parameter)]
    truths = [(c, t) for c, t in truths if np.isfinite(t).all()]
    found = estimates(name, parameter, [c for c, _ in truths])
    return tuple((c.params, p_values(next(d for p, d in found if p is c.params), truth)) for c, truth in truths)


@pytest.mark.parametrize(
    "name, parameter", [pytest.param(*d, marks=() if d[0] in QUICK else pytest.mark.slow) for d in DECLARED]
)
def test_the_mean_is_the_derivative(name: str, parameter: str) -> None:
    tested = _tested(name, parameter)
    assert tested
    for params, found in tested:
        assert found.min() > ALPHA, (params, found)


@pytest.mark.slow
def test_the_false_alarm_rate_is_as_stated() -> None:
    assert sum(found.size for name, parameter in DECLARED for _, found in _tested(name, parameter)) <= MOST_TESTS


@pytest.mark.parametrize("name, parameter", [d for d in DECLARED if d[0] in ("normal", "exponential", "bernoulli")])
def test_the_value_of_the_parameter_in_place_of_its_tangent_is_rejected(name: str, parameter: str) -> None:
    """An error of published implementations: it is right where the parameter is 1."""
    case = next(c for c in ORACLES[name].cases if c.params[parameter] and abs(c.params[parameter] - 1.0) > 0.1)
    ((_, found),) = estimates(name, parameter, [case], lambda constant, value: constant * value)
    assert p_values(found, wanted(name, parameter, case.params)).min() < ALPHA
