"""Many estimates at once or one by one: the same numbers, and the right ones."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime.optimise.convergence import ahead, gains
from pushforward.runtime.optimise.evaluation import Evaluation, Shift, evaluator
from pushforward.runtime.optimise.fit import bound

jax.config.update("jax_enable_x64", True)

AT = {"a": jnp.array([1.0, -1.0]), "b": jnp.array(2.0)}


def estimate(params: Any, key: Any) -> Any:
    """-(a . a) + b^2, with noise in the gradient in a."""
    return -jnp.dot(params["a"], params["a"]) + params["b"] ** 2 + jnp.dot(jax.random.normal(key, (2,)), params["a"])


def evaluated(chunk: int, draws: int = 400, shift: Shift | None = None) -> Evaluation:
    return evaluator(chunk, 400)(bound(estimate), AT, jax.random.key(3), draws, shift)


@pytest.fixture(scope="module")
def one_by_one() -> Evaluation:
    return evaluated(1)


@pytest.mark.parametrize("chunk", [7, 64, 1000])
def test_chunks_change_nothing_but_rounding(one_by_one: Evaluation, chunk: int) -> None:
    together = evaluated(chunk)
    np.testing.assert_allclose(together.values[:100], one_by_one.values[:100], rtol=1e-12)
    if together.values.size == 400:
        assert together.noise["a"].sd == pytest.approx(one_by_one.noise["a"].sd, rel=1e-10)
        np.testing.assert_allclose(together.gradient["a"], one_by_one.gradient["a"], rtol=1e-10)


def test_moments_are_those_of_all_draws(one_by_one: Evaluation) -> None:
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(3), jnp.arange(400))
    drawn = np.asarray(jax.vmap(jax.grad(estimate), (None, 0))(AT, keys)["a"])
    np.testing.assert_allclose(one_by_one.gradient["a"], drawn.mean(axis=0), rtol=1e-10)
    assert one_by_one.noise["a"].sd == pytest.approx(np.sqrt(drawn.var(axis=0, ddof=1).sum()), rel=1e-10)
    assert one_by_one.noise["b"].mean_norm == pytest.approx(4.0) and one_by_one.noise["b"].sd == pytest.approx(0.0, abs=1e-12)
    assert one_by_one.stderr == pytest.approx(one_by_one.values.std(ddof=1) / 20)


def test_a_shift_moves_the_parameters_under_the_same_keys(one_by_one: Evaluation) -> None:
    moved = evaluated(1, shift=Shift({"a": np.zeros(2), "b": np.array(2.0)}, 0.5))
    np.testing.assert_allclose(moved.values - one_by_one.values, 9.0 - 4.0, rtol=1e-9)


def test_a_gain_is_the_difference_of_objectives(one_by_one: Evaluation) -> None:
    evaluate, gradient = partial(evaluator(1, 400), bound(estimate)), {"a": np.zeros(2), "b": np.array(4.0)}
    nowhere = {"a": np.zeros(2), "b": np.array(0.0)}
    for sense, sign in (("maximize", 1.0), ("minimize", -1.0)):
        points = ahead(gradient, nowhere, sense)  # type: ignore[arg-type]
        found = gains(evaluate, AT, points, jax.random.key(1), 100, sense)  # type: ignore[arg-type]
        # From b = 2 upwards when it is to be large, downwards otherwise, by 1, 1/4, 1/16 and 1/64.
        expected = [sign * ((2 + sign * d) ** 2 - 4) for d in (1, 1 / 4, 1 / 16, 1 / 64)]
        assert [g.gain for g in found] == pytest.approx(expected) and max(g.stderr for g in found) < 1e-9
