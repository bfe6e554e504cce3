"""Every projection of the library on random points: it is in its set, nearest there, idempotent; its derivative is right.

A point y of a convex set is nearest to x if and only if (x - y)'(s - y) <= 0 for every s of the set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime.functions import mirror, polyhedra, projections, spectral, transport
from pushforward.runtime.samplers.executable import enable_x64
from pushforward.stdlib.catalogue import catalogue
from tests.contracts.sampling import every

enable_x64()

A = np.random.default_rng(1).normal(size=(9, 6))
OFFSET = 0.1 + np.random.default_rng(2).random(9)
ROWS, COLUMNS = np.array([0.3, 0.2, 0.5]), np.array([0.4, 0.6])


@dataclass(frozen=True)
class Set:
    """The projection; how far a point is from the set (0 inside); the shape of points; a convex set has `convex`."""

    project: Callable[..., Any]
    violation: Callable[[Any], Any]
    shape: tuple[int, ...] = (6,)
    convex: bool = True


def below(x: Any) -> Any:
    return np.max(np.maximum(x, 0), initial=0)


def table(a: Any, b: Any) -> Callable[[Any], Any]:
    return lambda X: max(below(-X), np.max(np.abs(X.sum(1) - a)), np.max(np.abs(X.sum(0) - b)))


a6 = A[0]
SETS = {
    "box": Set(lambda x: projections.project_box(x, -0.5, 0.7), lambda x: below(np.abs(x - 0.1) - 0.6)),
    "interval": Set(lambda x: projections.project_box(x, -0.5, 0.7), lambda x: below(np.abs(x - 0.1) - 0.6)),
    "linf_ball": Set(lambda x: projections.project_box(x, -0.7, 0.7), lambda x: below(np.abs(x) - 0.7)),
    "unit": Set(lambda x: projections.project_box(x, 0, 1), lambda x: below(np.abs(x - 0.5) - 0.5)),
    "nonneg": Set(projections.project_nonneg, lambda x: below(-x)),
    "positive": Set(projections.project_nonneg, lambda x: below(-x)),
    "simplex": Set(lambda x: projections.project_simplex(x, 1.7), lambda x: below(-x) + abs(x.sum() - 1.7)),
    "stochastic_matrix": Set(
        projections.project_rows_simplex, lambda x: below(-x) + np.max(np.abs(x.sum(1) - 1)), (3, 4)
    ),
    "l1_ball": Set(lambda x: projections.project_l1_ball(x, 2.0), lambda x: below(np.abs(x).sum() - 2)),
    "l1_sphere": Set(lambda x: projections.project_l1_sphere(x, 2.0), lambda x: abs(np.abs(x).sum() - 2), convex=False),
    "l2_ball": Set(lambda x: projections.project_l2_ball(x, 1.3), lambda x: below(np.linalg.norm(x) - 1.3)),
    "unit_vector": Set(projections.project_unit_vector, lambda x: abs(np.linalg.norm(x) - 1), convex=False),
    "hyperplane": Set(lambda x: projections.project_hyperplane(x, a6, 0.4), lambda x: abs(a6 @ x - 0.4)),
    "halfspace": Set(lambda x: projections.project_halfspace(x, a6, 0.4), lambda x: below(a6 @ x - 0.4)),
    "affine_set": Set(
        lambda x: projections.project_affine_set(x, A[:3], OFFSET[:3]), lambda x: np.max(np.abs(A[:3] @ x - OFFSET[:3]))
    ),
    "polyhedron": Set(lambda x: polyhedra.project_polyhedron(x, A, OFFSET), lambda x: below(A @ x - OFFSET)),
    "sum_to_zero": Set(projections.project_sum_to_zero, lambda x: abs(x.sum())),
    "monotone": Set(projections.project_monotone, lambda x: below(-np.diff(x))),
    "ordered": Set(projections.project_monotone, lambda x: below(-np.diff(x))),
    "positive_ordered": Set(projections.project_positive_ordered, lambda x: below(-np.diff(x)) + below(-x)),
    "cov_matrix": Set(
        spectral.project_cov_matrix,
        lambda x: below(-np.linalg.eigvalsh(x)) + np.max(np.abs(x - x.T)),
        (4, 4),
    ),
    "transport": Set(lambda x: transport.project_transport(x, ROWS, COLUMNS), table(ROWS, COLUMNS), (3, 2)),
    "birkhoff": Set(transport.project_birkhoff, table(1.0, 1.0), (4, 4)),
}


def points(shape: tuple[int, ...], name: str, count: int = 40) -> Any:
    return 2 * np.random.default_rng(list(name.encode())).normal(size=(count, *shape))


@cache
def compiled(name: str) -> Callable[[Any], Any]:
    """The projection of 40 points at once."""
    return jax.jit(jax.vmap(SETS[name].project))


def projected(name: str, x: Any) -> Any:
    """Forty at a time, so that one program serves all tests."""
    return np.concatenate([compiled(name)(part) for part in np.split(x, len(x) // 40)])


def test_every_projection_is_here() -> None:
    declared = {e.name.removeprefix("project_") for e in catalogue().entries("fun") if e.name.startswith("project_")}
    assert declared == set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_it_is_in_the_set_and_idempotent(name: str) -> None:
    case = SETS[name]
    found = projected(name, points(case.shape, name))
    for y in found:
        assert case.violation(y) < 1e-10
    np.testing.assert_allclose(projected(name, found), found, atol=1e-10)


@pytest.mark.parametrize("name", [n for n in SETS if SETS[n].convex])
def test_it_is_nearest(name: str) -> None:
    """By the variational inequality, against 400 points of the set."""
    case = SETS[name]
    x = points(case.shape, name)
    y = projected(name, x)
    others = projected(name, points(case.shape, name + "s", 400))
    products = np.einsum("pi,psi->ps", (x - y).reshape(len(x), -1), (others[None] - y[:, None]).reshape(len(x), 400, -1))
    assert products.max() < 1e-9


@pytest.mark.parametrize("name", every(list(SETS), 2))
def test_the_derivative(name: str) -> None:
    """Forward and reverse, against central differences, at points that are not on an edge between two pieces."""
    case = SETS[name]
    rng = np.random.default_rng([1, *name.encode()])
    x, v, w = points(case.shape, name, 20), rng.normal(size=(20, *case.shape)), rng.normal(size=case.shape)

    def both(x: Any, v: Any) -> Any:
        return jax.jvp(case.project, (x,), (v,))[1], jax.grad(lambda x: jnp.sum(w * case.project(x)))(x)

    forward, reverse = jax.jit(jax.vmap(both))(x, v)
    h = 1e-6
    high, low = np.split(projected(name, np.concatenate([x + h * v, x - h * v])), 2)
    difference = (high - low) / (2 * h)
    np.testing.assert_allclose(forward, difference, atol=2e-7)
    axes = tuple(range(1, x.ndim))
    np.testing.assert_allclose((reverse * v).sum(axes), (w * difference).sum(axes), atol=2e-7 * x[0].size)


def test_the_derivative_in_parameters() -> None:
    """Of radii, bounds, normals and margins."""
    x = points((6,), "parameters", 1)[0]
    X = points((3, 2), "parameters", 1)[0]
    cases: list[tuple[Callable[..., Any], Any]] = [
        (lambda r: projections.project_simplex(x, r), np.array(1.7)),
        (lambda r: projections.project_l1_ball(x, r), np.array(1.7)),
        (lambda r: projections.project_l2_ball(x, r), np.array(1.2)),
        (lambda b: projections.project_halfspace(x, b, -5.0), a6),
        (lambda M: projections.project_affine_set(x, M, OFFSET[:3]), A[:3]),
        (lambda M: polyhedra.project_polyhedron(x, M, OFFSET), A),
        (lambda b: polyhedra.project_polyhedron(x, A, b), OFFSET),
        (lambda s: transport.project_transport(X, ROWS * (1 + s), COLUMNS * (1 + s)), np.array(0.3)),
    ]
    for k, (f, at) in enumerate(cases):
        v = np.random.default_rng(k).normal(size=at.shape)
        # the value comes with the derivative: one program for both
        three = jax.jit(jax.vmap(lambda at, f=f, v=v: jax.jvp(f, (at,), (v,))))
        (_, high, low), (exact, *_) = three(np.stack([at, at + 1e-6 * v, at - 1e-6 * v]))
        difference = (high - low) / 2e-6
        np.testing.assert_allclose(exact, difference, atol=1e-7, err_msg=str(k))
        assert np.any(np.abs(difference) > 1e-4)


#: Sets whose arguments are arrays in double precision, to which points are promoted.
_WIDE = ("hyperplane", "halfspace", "affine_set", "polyhedron")


@pytest.mark.parametrize("name", every([n for n in SETS if n not in (*_WIDE, "positive", "interval", "ordered")], 4))
def test_single_precision(name: str) -> None:
    case = SETS[name]
    x = points(case.shape, name)
    narrow = jax.jit(jax.vmap(case.project))(jnp.asarray(x, jnp.float32))
    assert narrow.dtype == jnp.float32
    np.testing.assert_allclose(narrow, projected(name, x), atol=3e-5)


def test_an_empty_polyhedron_gives_nan() -> None:
    rows = np.array([[1.0, 0.0], [-1.0, 0.0]])
    assert np.isnan(polyhedra.project_polyhedron(np.zeros(2), rows, np.array([-1.0, -1.0]))).all()


def test_nan_stays_nan() -> None:
    """Compiled, too: XLA knows that zero times x is zero."""
    for name, case in SETS.items():
        found = projected(name, np.full((40, *case.shape), np.nan))
        assert np.isnan(found).any(axis=tuple(range(1, found.ndim))).all(), name


@pytest.mark.slow
def test_large_sets() -> None:
    """200 inequalities on 40 unknowns; a table of 30 by 40; 2000 entries in order; 60 by 60 assignments."""
    rng = np.random.default_rng(0)
    rows, offset, x = rng.normal(size=(200, 40)), 1 + rng.random(200), 5 * rng.normal(size=40)
    y = np.asarray(jax.jit(polyhedra.project_polyhedron)(x, rows, offset))
    active = np.abs(rows @ y - offset) < 1e-9
    multipliers, *_ = np.linalg.lstsq(rows[active].T, x - y, rcond=None)
    assert below(rows @ y - offset) < 1e-9 and multipliers.min() > -1e-9
    np.testing.assert_allclose(rows[active].T @ multipliers, x - y, atol=1e-9)
    a, b = rng.dirichlet(np.ones(30)), rng.dirichlet(np.ones(40))
    plan = np.asarray(jax.jit(transport.project_transport)(rng.normal(size=(30, 40)), a, b))
    assert table(a, b)(plan) < 1e-12
    z = rng.normal(size=2000)
    from scipy.optimize import isotonic_regression, linear_sum_assignment

    np.testing.assert_allclose(jax.jit(projections.project_monotone)(z), isotonic_regression(z).x, atol=1e-12)
    cost = rng.random((60, 60))
    found = np.asarray(jax.jit(transport.vertex_birkhoff)(cost))
    assert np.sum(found * cost) == pytest.approx(cost[linear_sum_assignment(cost)].sum(), abs=1e-12)
    assert table(1.0, 1.0)(found) == 0


def test_mirror_steps_come_back_from_the_boundary() -> None:
    """An entry of 0 is not lost: steps that pull it lead back."""
    x = jnp.array([0.0, 1.0])
    for _ in range(100):
        x = mirror.mirror_simplex(x, jnp.array([-20.0, 0.0]))
    np.testing.assert_allclose(x, [1.0, 0.0], atol=1e-12)
