"""Stan's warmup: the windows, the regularised metric, dual averaging."""

from __future__ import annotations

from itertools import pairwise

import jax
import numpy as np
import pytest

from pushforward.runtime.samplers import adaptation

jax.config.update("jax_enable_x64", True)


def stan_windows(warmup: int) -> list[tuple[int, int]]:
    """Stan's bookkeeping, counter by counter, as its reference manual describes it."""
    initial, base, terminal = 75, 25, 50
    if initial + base + terminal > warmup:
        initial, terminal = int(0.15 * warmup), int(0.1 * warmup)
        base = warmup - initial - terminal
    size, closing, opened, found = base, initial + base - 1, initial, []
    for counter in range(initial, warmup - terminal):
        if counter == closing:
            found.append((opened, counter + 1))
            opened = counter + 1
            if closing == warmup - terminal - 1:
                break
            size *= 2
            closing = counter + size
            if closing != warmup - terminal - 1 and closing + 2 * size >= warmup - terminal:
                closing = warmup - terminal - 1
    return found


def test_a_thousand() -> None:
    assert adaptation.windows(1000) == ((75, 100), (100, 150), (150, 250), (250, 450), (450, 950))


@pytest.mark.parametrize(
    "warmup", [20, 21, 50, 99, 100, 149, 150, 200, 201, 300, 500, 777, 1000, 1500, 2000, 10_000]
)
def test_as_stan(warmup: int) -> None:
    assert list(adaptation.windows(warmup)) == stan_windows(warmup)


@pytest.mark.parametrize("warmup", range(0, 400, 7))
def test_windows_follow_each_other_and_end_before_warmup(warmup: int) -> None:
    found = adaptation.windows(warmup)
    assert all(a < b for a, b in found) and all(x[1] == y[0] for x, y in pairwise(found))
    assert not found or found[-1][1] < warmup
    assert warmup >= 20 or not found


def test_metric_is_regularised_as_in_stan() -> None:
    draws = np.random.default_rng(0).normal(size=(50, 3)) @ np.array([[1.0, 0.5, 0], [0, 2, 0.3], [0, 0, 3]])
    expected = 50 / 55 * np.cov(draws.T) + 1e-3 * 5 / 55 * np.eye(3)
    lower = adaptation.metric_scale(draws, dense=True)
    np.testing.assert_allclose(lower @ lower.T, expected, rtol=1e-12)
    assert (np.triu(lower, 1) == 0).all()
    np.testing.assert_allclose(
        adaptation.metric_scale(draws, dense=False) ** 2, np.diag(expected), rtol=1e-12
    )


def test_metric_of_draws_that_overflow_is_the_unit_metric() -> None:
    draws = np.array([[1e200, 1.0], [-1e200, 2.0], [0.0, 3.0]])
    with np.errstate(over="ignore"):
        scale = adaptation.metric_scale(draws, dense=False)
        assert scale[0] == 1 and np.isfinite(scale).all()
        np.testing.assert_array_equal(adaptation.metric_scale(draws, dense=True), np.eye(2))


def test_dual_averaging_reaches_its_target() -> None:
    """Acceptance exp(-size) has its target 0.8 at size 0.2231."""
    step = adaptation.restart(jax.numpy.float64(1.0))
    update = jax.jit(lambda s: adaptation.adapt(s, jax.numpy.exp(-s.size), 0.8))
    for _ in range(2000):
        step = update(step)
    assert abs(float(adaptation.settle(step).size) - -np.log(0.8)) < 0.005
