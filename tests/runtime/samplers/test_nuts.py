"""NUTS on targets with known moments, and what it does with difficult ones.

Chains are independent, so a mean over chains is judged by the spread of chains: z has Student's law with
chains - 1 degrees of freedom. With 40 chains |z| > 6 happens with probability 5e-7 for each moment; the file
looks at about 40, a false-alarm rate of 2e-5. At 40 chains of 400 draws the smallest error in a mean that
would be seen is about 5 % of a standard deviation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime.samplers import nuts, samplers, trajectory
from pushforward.runtime.samplers.result import ChainsResult, StartingPointError

jax.config.update("jax_enable_x64", True)

ALARM = 6.0
COVARIANCE = np.array([[1.0, 0.95, 0.0], [0.95, 1.0, 0.2], [0.0, 0.2, 4.0]])
PRECISION = np.linalg.inv(COVARIANCE)


def gaussian(q: Any, data: Any) -> Any:
    return -0.5 * jnp.dot(q, jnp.dot(data["precision"], q))


def standard_normal(q: Any, data: Any) -> Any:
    return -0.5 * jnp.sum(q * q)


def banana(q: Any, data: Any) -> Any:
    """x ~ N(0, 1), y | x ~ N(x^2, 0.5): E y = 1, var y = 2.25, E x^2 y = 3."""
    return -0.5 * q[0] ** 2 - 2.0 * (q[1] - q[0] ** 2) ** 2


def student(q: Any, data: Any) -> Any:
    """Five degrees of freedom: E q^2 = 5/3."""
    return jnp.sum(-3.0 * jnp.log1p(q * q / 5.0))


def draw(density: Any, dim: int, data: Any = None, **settings: Any) -> ChainsResult:
    given = {"seed": 1, "chains": 40, "warmup": 300, "draws": 400} | settings
    return nuts.run(density, data, dim, **given)


def z_score(values: Any, truth: float) -> float:
    """How far the mean of values [chains, draws] is from the truth, in standard errors estimated between
    chains.
    """
    means = values.mean(axis=1)
    return float((means.mean() - truth) / (means.std(ddof=1) / np.sqrt(means.size)))


def gaussian_scores(positions: Any) -> list[float]:
    first = [z_score(positions[..., i], 0.0) for i in range(3)]
    second = [z_score(positions[..., i] * positions[..., j], COVARIANCE[i, j]) for i in range(3) for j in range(i + 1)]
    return first + second


@pytest.mark.parametrize("metric", ["diag", "dense"])
def test_correlated_gaussian(metric: str) -> None:
    result = draw(gaussian, 3, {"precision": PRECISION}, metric=metric)
    assert max(map(abs, gaussian_scores(result.positions))) < ALARM
    assert not result.diverging.any()


def test_dense_metric_learns_the_covariance() -> None:
    """600 draws give each entry to about 6 %: 0.4 is beyond six standard errors."""
    result = draw(gaussian, 3, {"precision": PRECISION}, metric="dense", chains=2, warmup=1000, draws=10)
    assert np.abs(result.inverse_metric - COVARIANCE).max() < 0.4 * 4
    assert result.inverse_metric.shape == (2, 3, 3)
    diagonal = draw(gaussian, 3, {"precision": PRECISION}, chains=2, warmup=1000, draws=10)
    np.testing.assert_allclose(diagonal.inverse_metric, np.tile(np.diag(COVARIANCE), (2, 1)), rtol=0.5)


@pytest.mark.parametrize("depth", [1, 2, 10])
def test_standard_normal_at_any_depth_of_tree(depth: int) -> None:
    result = draw(standard_normal, 5, max_treedepth=depth)
    x = result.positions
    scores = [z_score(x[..., i], 0.0) for i in range(5)] + [z_score(x[..., i] ** 2, 1.0) for i in range(5)]
    assert max(map(abs, scores)) < ALARM
    assert result.treedepth.max() <= depth and result.n_leapfrog.max() < 2**depth
    np.testing.assert_allclose(result.log_density, -0.5 * (x * x).sum(-1), rtol=1e-12)
    kinetic = result.energy + result.log_density
    assert abs(z_score(kinetic, 2.5)) < ALARM


def test_banana() -> None:
    result = draw(banana, 2, target_accept=0.9, draws=800)
    x, y = result.positions[..., 0], result.positions[..., 1]
    scores = [
        z_score(x, 0),
        z_score(x * x, 1),
        z_score(y, 1),
        z_score((y - 1) ** 2, 2.25),
        z_score(x * x * y, 3),
    ]
    assert max(map(abs, scores)) < ALARM


def test_heavy_tails() -> None:
    result = draw(student, 2)
    assert max(abs(z_score(result.positions[..., i] ** 2, 5 / 3)) for i in range(2)) < ALARM


def test_without_warmup() -> None:
    result = draw(standard_normal, 3, warmup=0, chains=40, draws=600)
    assert abs(z_score((result.positions[:, 100:] ** 2).sum(-1), 3.0)) < ALARM
    assert (result.step_size == result.step_size[:, :1]).all()


@pytest.mark.parametrize("broken", ["takes every leaf", "never checks sub-trees"])
def test_a_wrong_sampler_is_found_out(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scores of the tests above, on two plausible mistakes."""
    if broken == "takes every leaf":
        monkeypatch.setattr(trajectory, "uniforms", lambda origin, counter: jnp.full((), -1.0))
    else:
        turned = trajectory._turned

        def only_the_whole_tree(rows: Any, *rest: Any) -> Any:
            return jnp.where(turned(rows, *rest) == 0, 0, rows.shape[0] - 1)

        monkeypatch.setattr(trajectory, "_turned", only_the_whole_tree)

    def density(q: Any, data: Any) -> Any:  # its own function: executables are shared by density
        return gaussian(q, data)

    result = draw(density, 3, {"precision": PRECISION}, draws=1000, max_treedepth=6)
    assert max(map(abs, gaussian_scores(result.positions))) > ALARM


def test_funnel_diverges() -> None:
    def funnel(q: Any, data: Any) -> Any:
        return -0.5 * (q[0] / 3) ** 2 - jnp.sum(0.5 * (q[1:] / jnp.exp(q[0] / 2)) ** 2 + q[0] / 2)

    result = draw(funnel, 10, chains=4, warmup=500, draws=500)
    assert 0 < result.diverging.sum() < 1000 and np.isfinite(result.positions).all()


def test_a_hole_in_the_density_is_never_entered() -> None:
    """NaN and -inf beyond the half line: the law is that of a half-normal, E q = sqrt(2/pi)."""

    def half(q: Any, data: Any) -> Any:
        return jnp.where(q[0] > 0, -0.5 * jnp.sum(q * q), jnp.where(q[0] > -1, -jnp.inf, jnp.nan))

    result = draw(half, 2, draws=1500)
    assert (result.positions[..., 0] > 0).all()
    assert abs(z_score(result.positions[..., 0], np.sqrt(2 / np.pi))) < ALARM
    assert result.diverging.any()


def impossible(q: Any, data: Any) -> Any:
    return jnp.sum(q) * jnp.nan


def endless_gradient(q: Any, data: Any) -> Any:
    return jnp.sum(jnp.sqrt(q * 0.0))


@pytest.mark.parametrize("density", [impossible, endless_gradient])
def test_no_starting_point(density: Callable[..., Any]) -> None:
    with pytest.raises(StartingPointError) as caught:
        draw(density, 3, chains=2)
    assert caught.value.chain in (0, 1) and (np.abs(caught.value.position) < 2).all()
    assert caught.value.position.any()


def test_starting_points_may_be_given() -> None:
    start = np.array([[0.5, 1.0], [-3.0, 2.0]])
    result = draw(standard_normal, 2, init=start, chains=2, warmup=0, draws=1)
    moved = np.abs(result.positions[:, 0] - start).max()
    assert moved < 6 and result.positions.shape == (2, 1, 2)
    with pytest.raises(StartingPointError) as caught:
        draw(impossible, 2, init=start, chains=2)
    np.testing.assert_array_equal(caught.value.position, start[caught.value.chain])


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"seed": -1}, "seed"), ({"chains": 0}, "chains"), ({"draws": 0}, "draws"),
        ({"warmup": -1}, "warmup"), ({"max_treedepth": 0}, "max_treedepth"),
        ({"target_accept": 1.0}, "target_accept"), ({"metric": "full"}, "metric"),
        ({"init": np.zeros((3, 2))}, "init"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense(settings: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        draw(standard_normal, 2, **settings)


def test_registry_finds_it() -> None:
    assert samplers()["nuts"].run is nuts.run


@pytest.fixture(autouse=True)
def _strict() -> Iterator[None]:
    """JAX raises where arrays of different ranks would meet."""
    with jax.numpy_rank_promotion("raise"):
        yield
