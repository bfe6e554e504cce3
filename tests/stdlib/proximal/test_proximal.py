"""Every proximal operator of the library: its optimality condition, its derivative, Moreau's identity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime.functions import projections, proximal, reductions, spectral
from pushforward.runtime.samplers.executable import enable_x64
from pushforward.stdlib.catalogue import catalogue
from tests.contracts.sampling import every

enable_x64()


@dataclass(frozen=True)
class Term:
    """h, its proximal operator (x, step), and the shape of x."""

    value: Callable[[Any], Any]
    prox: Callable[..., Any]
    shape: tuple[int, ...] = (7,)


TERMS = {
    "l1": Term(reductions.norm1, proximal.prox_l1),
    "norm1": Term(reductions.norm1, proximal.prox_l1),
    "elastic_net": Term(
        lambda x: reductions.norm1(x) + 0.3 * jnp.sum(x**2), lambda x, t: proximal.prox_elastic_net(x, t, 0.6)
    ),
    "max0": Term(lambda x: jnp.sum(jnp.maximum(x, 0)), proximal.prox_max0),
    "norm2": Term(reductions.norm2, proximal.prox_norm2),
    "group_lasso": Term(lambda x: jnp.sum(jax.vmap(reductions.norm2)(x)), proximal.prox_group_lasso, (4, 3)),
    "norm_inf": Term(reductions.norm_inf, lambda x, t: x - projections.project_l1_ball(x, t)),
    "max": Term(jnp.max, lambda x, t: x - projections.project_simplex(x, t)),
    "nuclear": Term(spectral.nuclear, spectral.prox_nuclear, (4, 3)),
    "tv1d": Term(lambda x: jnp.sum(jnp.abs(jnp.diff(x))), proximal.prox_tv1d, (12,)),
}
STEPS = (0.05, 0.7, 3.0)


def points(name: str, count: int = 20) -> Any:
    return 2 * np.random.default_rng(list(name.encode())).normal(size=(count, *TERMS[name].shape))


@cache
def compiled(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Of many points at once: the proximal operator, and h."""
    return jax.jit(jax.vmap(TERMS[name].prox, (0, None))), jax.jit(jax.vmap(TERMS[name].value))


def test_every_proximal_operator_is_here() -> None:
    declared = {e.name.removeprefix("prox_") for e in catalogue().entries("fun") if e.name.startswith("prox_")}
    assert declared == set(TERMS)


@pytest.mark.parametrize("step", every(STEPS, 3))
@pytest.mark.parametrize("name", TERMS)
def test_the_subgradient_inequality(name: str, step: float) -> None:
    """u = prox(x) if and only if (x - u) / step is a subgradient of h at u: h(s) >= h(u) + (x - u)'(s - u) / step for all s.
    Tried at far points, at near ones and at the images of other points, where h has its kinks."""
    x = points(name)
    prox, value = compiled(name)
    far = points(name, 60)
    for at, found in zip(x, np.asarray(prox(x, step)), strict=True):
        near = found + 0.05 * far[:20]
        others = np.concatenate([far, near, prox(near, step), [found, 0 * at, at, found * 0.9, found * 1.1]])
        values = value(others)
        gain = values - values[100]  # found itself
        slope = ((at - found) / step * (others - found)).reshape(len(others), -1).sum(1)
        assert np.min(gain - slope) > -1e-9


@pytest.mark.parametrize("name", every(list(TERMS), 2))
def test_the_derivative(name: str) -> None:
    """In the point and the step, forward and reverse, against central differences."""
    term = TERMS[name]
    rng = np.random.default_rng([2, *name.encode()])
    x, v, w = points(name), rng.normal(size=(20, *term.shape)), rng.normal(size=term.shape)
    h = 1e-6
    prox, _ = compiled(name)

    @jax.jit
    def both(x: Any, v: Any, step: Any) -> Any:
        forward = jax.vmap(lambda x, v: jax.jvp(term.prox, (x, step), (v, 1.0))[1])(x, v)
        return forward, jax.vmap(jax.grad(lambda x, t: jnp.sum(w * term.prox(x, t)), (0, 1)), (0, None))(x, step)

    for step in STEPS:
        forward, reverse = both(x, v, step)
        difference = (prox(x + h * v, step + h) - prox(x - h * v, step - h)) / (2 * h)
        np.testing.assert_allclose(forward, difference, atol=3e-7)
        axes = tuple(range(1, x.ndim))
        np.testing.assert_allclose((reverse[0] * v).sum(axes) + reverse[1], (w * difference).sum(axes), atol=5e-6)


@pytest.mark.parametrize("step", STEPS)
def test_moreau(step: float) -> None:
    """prox of step h at x, and step times the projection of x / step onto where the conjugate is 0, add up to x."""
    x = points("l1", 1)[0]
    pairs = [
        ("l1", lambda y: projections.project_box(y, -1.0, 1.0)),
        ("max0", lambda y: projections.project_box(y, 0.0, 1.0)),
        ("norm2", lambda y: projections.project_l2_ball(y, 1.0)),
        ("norm_inf", lambda y: projections.project_l1_ball(y, 1.0)),
        ("max", projections.project_simplex),
    ]
    for name, project in pairs:
        np.testing.assert_allclose(TERMS[name].prox(x, step) + step * project(x / step), x, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", every(list(TERMS), 3))
def test_single_precision(name: str) -> None:
    x, (prox, _) = points(name), compiled(name)
    narrow = prox(jnp.asarray(x, jnp.float32), jnp.float32(0.7))
    assert narrow.dtype == jnp.float32
    np.testing.assert_allclose(narrow, prox(x, 0.7), atol=1e-5)


@pytest.mark.parametrize("name", TERMS)
def test_nan_stays_nan(name: str) -> None:
    found = np.asarray(compiled(name)[0](np.full((20, *TERMS[name].shape), np.nan), 0.5))
    assert np.isnan(found).any(axis=tuple(range(1, found.ndim))).all()


def test_equal_singular_values_have_a_derivative() -> None:
    """Of the identity, and of a matrix of rank one, whose zeros are equal."""
    rng = np.random.default_rng(3)
    v = rng.normal(size=(3, 3))
    for A in (np.eye(3), np.outer([1.0, 2.0, 2.0], [0.0, 1.0, 0.0])):
        exact = jax.jvp(lambda A: spectral.prox_nuclear(A, 0.4), (A,), (v,))[1]
        difference = (spectral.prox_nuclear(A + 1e-6 * v, 0.4) - spectral.prox_nuclear(A - 1e-6 * v, 0.4)) / 2e-6
        np.testing.assert_allclose(exact, difference, atol=1e-6)


def test_a_long_signal() -> None:
    """Total variation of 3000 points: the dual signal has the sign of each jump and stays within the step."""
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=30), 100) + 0.3 * rng.normal(size=3000)
    u = np.asarray(jax.jit(proximal.prox_tv1d)(x, 2.0))
    dual = np.cumsum(u - x)[:-1]
    jumps = np.diff(u)
    assert abs(np.sum(u - x)) < 1e-9 and np.max(np.abs(dual)) < 2 + 1e-9
    kept = np.abs(jumps) > 1e-12
    np.testing.assert_allclose(dual[kept], 2 * np.sign(jumps[kept]), atol=1e-9)
    assert 20 < kept.sum() < 200
