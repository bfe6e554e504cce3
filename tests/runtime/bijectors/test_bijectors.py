"""Every bijector of the registry: constraints, round trips, log-Jacobians, gradients, batches.

Deterministic except the one test of `unit_vector`'s mass, which integrates by quadrature.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pushforward.runtime.bijectors import Bijector, bijectors

jax.config.update("jax_enable_x64", True)


@dataclass(frozen=True)
class Subject:
    """How one bijector is tried: its arguments, the dims of an event, what must hold, its coordinates."""

    dims: tuple[int, ...]
    holds: Callable[[np.ndarray], bool]
    arguments: tuple[object, ...] = ()
    coordinates: Callable[[jax.Array], jax.Array] = jnp.ravel


def strictly_lower(x: jax.Array) -> jax.Array:
    return x[jnp.tril_indices(x.shape[0], -1)]


def lower(x: jax.Array) -> jax.Array:
    return x[jnp.tril_indices(x.shape[0])]


def orthonormal_coordinates(x: jax.Array) -> jax.Array:
    """Coordinates of the plane sum(x) = 0 in an orthonormal basis found by QR, not by the code under test."""
    ones_first = np.column_stack([np.ones(x.size), np.eye(x.size)[:, 1:]])
    return jnp.asarray(np.linalg.qr(ones_first)[0][:, 1:]).T @ x


def is_cholesky(L: np.ndarray) -> bool:
    return bool(np.all(np.triu(L, 1) == 0) and np.all(np.diag(L) > 0))


def is_positive_definite(S: np.ndarray) -> bool:
    return bool(np.allclose(S, S.T) and np.linalg.eigvalsh(S).min() > -1e-12 * np.abs(S).max())


def is_simplex(x: np.ndarray) -> bool:
    return bool(np.all(x > 0) and np.allclose(x.sum(-1), 1))


LOWER, UPPER = np.array([-1.0, 0.0, 3.0]), np.array([0.0, 0.5, 1003.0])

SUBJECTS = {
    "real": Subject((2, 3), lambda x: bool(np.all(np.isfinite(x)))),
    "positive": Subject((3,), lambda x: bool(np.all(x > 0))),
    "lower": Subject((3,), lambda x: bool(np.all(x >= LOWER)), (LOWER,)),
    "upper": Subject((3,), lambda x: bool(np.all(x <= UPPER)), (UPPER,)),
    "interval": Subject((3,), lambda x: bool(np.all((x >= LOWER) & (x <= UPPER))), (LOWER, UPPER)),
    "unit": Subject((3,), lambda x: bool(np.all((x > 0) & (x <= 1)))),
    "ordered": Subject((4,), lambda x: bool(np.all(np.diff(x) >= 0))),
    "positive_ordered": Subject((4,), lambda x: bool(np.all(np.diff(x) >= 0) and x[0] > 0)),
    "simplex": Subject((4,), is_simplex, coordinates=lambda x: x[:-1]),
    "stochastic_matrix": Subject((2, 3), is_simplex, (2, 3), lambda x: jnp.ravel(x[:, :-1])),
    "sum_to_zero": Subject((4,), lambda x: bool(abs(x.sum()) < 1e-12), coordinates=orthonormal_coordinates),
    "unit_vector": Subject((4,), lambda x: bool(np.isclose(x @ x, 1))),
    "cholesky_cov": Subject((4,), is_cholesky, coordinates=lower),
    "cov_matrix": Subject((4,), is_positive_definite, coordinates=lower),
    "cholesky_corr": Subject(
        (4,), lambda L: is_cholesky(L) and np.allclose((L**2).sum(1), 1), coordinates=strictly_lower
    ),
    "corr_matrix": Subject(
        (4,), lambda C: is_positive_definite(C) and bool(np.all(np.diag(C) == 1)), coordinates=strictly_lower
    ),
}

every = pytest.mark.parametrize("bijector", bijectors().values(), ids=lambda bijector: bijector.name)


def free_point(bijector: Bijector, scale: float, seed: int = 0) -> jax.Array:
    """Normal free coordinates times the scale, in the shape the bijector expects."""
    subject = SUBJECTS[bijector.name]
    size = bijector.free_size(*subject.dims)
    shape = subject.dims if bijector.event_rank == 0 else (size,)
    return jnp.asarray(scale * np.random.default_rng(seed).normal(size=shape))


@cache
def compiled(bijector: Bijector) -> tuple[Callable[[jax.Array], jax.Array], Callable[[jax.Array], jax.Array]]:
    """The map and its inverse with the subject's arguments, compiled once for all examples."""
    arguments = SUBJECTS[bijector.name].arguments
    return (
        jax.jit(lambda z: bijector.constrain(z, *arguments)),
        jax.jit(lambda x: bijector.unconstrain(x, *arguments)),
    )


def test_every_bijector_is_tried() -> None:
    assert set(SUBJECTS) == set(bijectors())


@every
def test_record_names_the_functions_of_its_file(bijector: Bijector) -> None:
    for part in ("constrain", "log_jacobian", "unconstrain", "free_size"):
        assert getattr(bijector, part).__name__ == f"{bijector.name}_{part}"


@every
@settings(max_examples=15, deadline=None, derandomize=True)
@given(data=st.data())
def test_constraint_holds_and_round_trip_returns(bijector: Bijector, data: st.DataObject) -> None:
    subject = SUBJECTS[bijector.name]
    shape = free_point(bijector, 1).shape
    size = int(np.prod(shape))
    values = data.draw(st.lists(st.floats(-4, 4), min_size=size, max_size=size))
    z = jnp.array(values, dtype=float).reshape(shape)
    if bijector.name == "unit_vector":
        z = z.at[0].add(5.0)  # away from the origin, where the map is undefined
    constrain, unconstrain = compiled(bijector)
    x = constrain(z)
    assert subject.holds(np.asarray(x))
    np.testing.assert_allclose(constrain(unconstrain(x)), x, rtol=1e-9, atol=1e-9)
    if bijector.name != "unit_vector":
        np.testing.assert_allclose(unconstrain(x), z, rtol=1e-6, atol=1e-6)


@every
def test_log_jacobian_is_log_determinant_of_jacfwd(bijector: Bijector) -> None:
    if bijector.name == "unit_vector":
        return  # not one to one: its measure is tested below
    subject, shape = SUBJECTS[bijector.name], free_point(bijector, 1).shape

    def free_to_coordinates(flat: jax.Array) -> jax.Array:
        return subject.coordinates(bijector.constrain(flat.reshape(shape), *subject.arguments))

    @jax.jit
    def both(z: jax.Array) -> tuple[jax.Array, jax.Array]:
        return jax.jacfwd(free_to_coordinates)(z.ravel()), bijector.log_jacobian(z, *subject.arguments)

    for scale in (0.5, 2.0):
        jacobian, volume = both(free_point(bijector, scale))
        _, expected = np.linalg.slogdet(jacobian)
        assert volume.shape == ()
        np.testing.assert_allclose(volume, expected, rtol=1e-9, atol=1e-9)


@every
def test_gradients_are_finite_far_out(bijector: Bijector) -> None:
    """At z = -30, 30, and alternately both, values and gradients of x and of the log-Jacobian are finite."""
    subject, shape = SUBJECTS[bijector.name], free_point(bijector, 1).shape

    @jax.jit
    def everything(z: jax.Array) -> tuple[object, ...]:
        return (
            bijector.constrain(z, *subject.arguments),
            jax.jacrev(bijector.constrain)(z, *subject.arguments),
            jax.value_and_grad(bijector.log_jacobian)(z, *subject.arguments),
        )

    for far in (jnp.full(shape, -30.0), jnp.full(shape, 30.0), jnp.resize(jnp.array([30.0, -30.0]), shape)):
        assert all(np.all(np.isfinite(value)) for value in jax.tree.leaves(everything(far)))


@every
def test_free_coordinates_survive_extremes(bijector: Bijector) -> None:
    """|z| = 12 comes back to six digits wherever x can hold it: no cancellation in either direction."""
    if bijector.name in (
        "unit_vector",
        "ordered",
        "positive_ordered",
        "cov_matrix",
        "corr_matrix",
        "lower",
        "upper",
    ):
        return  # these forget by the nature of x: a length, tiny steps on large numbers, a squared condition
    constrain, unconstrain = compiled(bijector)
    far = np.resize([12.0, -12.0, 0.3], free_point(bijector, 1).shape)
    np.testing.assert_allclose(unconstrain(constrain(far)), far, rtol=1e-6)


@every
def test_works_under_vmap_and_jit(bijector: Bijector) -> None:
    subject = SUBJECTS[bijector.name]
    batch = jnp.stack([free_point(bijector, 1, seed) for seed in range(3)])

    def three(z: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        x = bijector.constrain(z, *subject.arguments)
        return x, bijector.log_jacobian(z, *subject.arguments), bijector.unconstrain(x, *subject.arguments)

    x, volume, back = jax.jit(jax.vmap(three))(batch)
    np.testing.assert_allclose(x[1], compiled(bijector)[0](batch[1]), rtol=1e-12)
    assert volume.shape == (3,)
    assert back.shape == batch.shape


@every
def test_smallest_event(bijector: Bijector) -> None:
    """Dimension 1 works, also where it leaves no free coordinate at all."""
    dims = (1,) * len(SUBJECTS[bijector.name].dims)
    by_name = {"lower": -1.0, "upper": 2.0, "rows": 1, "cols": 1}
    arguments = tuple(by_name[name] for name in bijector.arguments)
    z = jnp.full(dims if bijector.event_rank == 0 else (bijector.free_size(*dims),), 0.4)

    @jax.jit
    def three(z: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        x = bijector.constrain(z, *arguments)
        again = bijector.constrain(bijector.unconstrain(x, *arguments), *arguments)
        return x, again, bijector.log_jacobian(z, *arguments)

    x, again, volume = three(z)
    np.testing.assert_allclose(again, x)
    assert np.isfinite(volume)


@pytest.mark.parametrize("name", ["lower", "upper", "interval"])
def test_scalar_bounds_apply_to_any_shape(name: str) -> None:
    bijector, z = bijectors()[name], free_point(bijectors()[name], 1)
    arguments = {"lower": (-1.0,), "upper": (2.0,), "interval": (-1.0, 2.0)}[name]
    matrix = jnp.broadcast_to(z, (2, 3))
    np.testing.assert_allclose(bijector.constrain(matrix, *arguments)[1], bijector.constrain(z, *arguments))
    separate = sum(bijector.log_jacobian(value, *arguments) for value in z)
    np.testing.assert_allclose(bijector.log_jacobian(z, *arguments), separate)


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [("positive", 0.0, -np.inf), ("positive", -1.0, np.nan), ("unit", 1.0, np.inf), ("unit", 1.5, np.nan)],
)
def test_boundary_gives_infinity_and_outside_gives_nan(name: str, x: float, expected: float) -> None:
    np.testing.assert_equal(np.asarray(bijectors()[name].unconstrain(jnp.array(x))), expected)


def test_unit_vector_preserves_mass() -> None:
    """In the plane the integral of f(z / |z|) exp(log-Jacobian) is the integral of f over the circle."""
    bijector = bijectors()["unit_vector"]
    grid = jnp.linspace(-9, 9, 401) + 0.01  # the trapezoid rule, off the origin
    first, second = jnp.meshgrid(grid, grid)
    z = jnp.stack([first.ravel(), second.ravel()], axis=1)

    def weighted(point: jax.Array) -> jax.Array:
        return jnp.exp(bijector.constrain(point)[0] + bijector.log_jacobian(point))

    mass = jnp.sum(jax.vmap(weighted)(z)) * (grid[1] - grid[0]) ** 2
    np.testing.assert_allclose(mass, 2 * np.pi * np.i0(1.0), rtol=2e-3)


@pytest.fixture(autouse=True)
def _strict() -> Iterator[None]:
    """JAX raises where arrays of different ranks would meet."""
    with jax.numpy_rank_promotion("raise"):
        yield
