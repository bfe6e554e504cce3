"""Every linear solver against numpy: symmetric and other matrices, derivatives, batches, precisions, singular systems."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import is_dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime import linear
from pushforward.runtime.linear.bicgstab import BiCGStab
from pushforward.runtime.linear.cg import CG
from pushforward.runtime.linear.dense import Dense
from pushforward.runtime.linear.gmres import GMRES
from pushforward.runtime.linear.neumann import Neumann
from pushforward.runtime.linear.normal_cg import NormalCG
from pushforward.runtime.linear.nystrom import Nystrom
from pushforward.runtime.linear.solve import linear_solve
from pushforward.runtime.solvers.unsuitable import Unsuitable
from tests.contracts.sampling import every

N = 8
_RNG = np.random.default_rng(7)
_TURN = np.linalg.qr(_RNG.normal(size=(N, N)))[0]
#: eigenvalues 0.5 to 5
SYMMETRIC = _TURN @ np.diag(np.linspace(0.5, 5, N)) @ _TURN.T
#: with a skew part, so that its transpose is another matrix
GENERAL = SYMMETRIC + 0.7 * np.triu(_RNG.normal(size=(N, N)), 1)
B = _RNG.normal(size=N)
#: [solver, symmetric matrices only]
EXACT = [
    (Dense(), False), (Dense("qr"), False), (Dense("cholesky"), True), (CG(), True), (NormalCG(), False), (GMRES(), False),
    (GMRES(restart=3), False), (BiCGStab(), False),
]
#: a small damping of Nystrom is a bias, a smaller one a loss of digits
APPROXIMATE = [(Neumann(400), False), (Nystrom(N, 1e-8), True)]
PAIRS = [(s, m) for s, only in EXACT + APPROXIMATE for m in ("symmetric",) + (() if only else ("general",))]


def _matrix(name: str, dtype: Any = float) -> Any:
    return jnp.asarray({"symmetric": SYMMETRIC, "general": GENERAL}[name], dtype)


@partial(jax.jit, static_argnums=(0, 3))
def _solve(solver: Any, matrix: Any, b: Any, symmetric: bool) -> Any:
    return linear_solve(solver, lambda v: matrix @ v, b, symmetric)


@pytest.fixture(autouse=True)
def _double() -> Any:
    with jax.enable_x64(True):
        yield


def test_every_linear_solver_is_here() -> None:
    """The folder is the registry."""
    found = set()
    for info in pkgutil.iter_modules(linear.__path__):
        module = importlib.import_module(f"{linear.__name__}.{info.name}")
        found |= {v for v in vars(module).values() if is_dataclass(v) and v.__module__ == module.__name__}
    assert found == {type(s) for s, _ in EXACT + APPROXIMATE}


@pytest.mark.parametrize(("solver", "name"), every(PAIRS, 4), ids=str)
def test_solution_and_derivatives(solver: Any, name: str) -> None:
    """x, and the vector-Jacobian products in b (a solve with the transpose) and in the matrix (minus an outer product)."""
    matrix, weights = _matrix(name), np.arange(1.0, N + 1)

    @jax.jit
    def both(m: Any, b: Any, weights: Any) -> Any:
        x, pull = jax.vjp(lambda m, b: _solve(solver, m, b, name == "symmetric"), m, b)
        return x, pull(weights)

    x, (in_matrix, in_b) = both(matrix, jnp.asarray(B), jnp.asarray(weights))
    exact = np.linalg.solve(matrix, B)
    dual = np.linalg.solve(np.asarray(matrix).T, weights)
    assert np.allclose(x, exact, atol=1e-7)
    assert np.allclose(in_b, dual, atol=1e-6)
    assert np.allclose(in_matrix, -np.outer(dual, exact), atol=1e-5)


@pytest.mark.parametrize(("solver", "name"), every([p for p in PAIRS if p[0] != APPROXIMATE[1][0]], 8), ids=str)
def test_single_precision_and_batches(solver: Any, name: str) -> None:
    """A batch, one of whose right-hand sides is 0, in float32: a tolerance below rounding is met as far as can be."""
    matrix = _matrix(name, jnp.float32)
    batch = jnp.asarray(np.stack([B, 0 * B, 1e-6 * B]), jnp.float32)
    found = jax.jit(jax.vmap(lambda b: _solve(solver, matrix, b, name == "symmetric")))(batch)
    exact = np.linalg.solve(_matrix(name), B)
    assert found.dtype == jnp.float32
    assert np.allclose(found[0], exact, atol=2e-4)
    assert not np.any(found[1])
    assert np.allclose(found[2] * 1e6, exact, atol=2e-4)  # tolerances are relative


@pytest.mark.parametrize("solver", every([s for s, _ in EXACT], 3), ids=str)
def test_a_singular_system_is_not_answered(solver: Any) -> None:
    """With a right-hand side out of the range of the matrix: NaN, and no plausible number."""
    matrix = SYMMETRIC - SYMMETRIC @ np.outer(_TURN[:, 0], _TURN[:, 0])
    assert not np.any(np.isfinite(_solve(solver, jnp.asarray((matrix + matrix.T) / 2), jnp.asarray(B), True)))


def test_iterations_that_run_out_are_not_answered() -> None:
    """Nor are those that meet a loose tolerance refused."""
    for make in (CG, NormalCG, GMRES, BiCGStab):
        few: Any = {"restart": 1} if make is GMRES else {}
        assert np.all(np.isnan(_solve(make(steps=2, **few), _matrix("symmetric"), jnp.asarray(B), True)))
        assert np.all(np.isfinite(_solve(make(tol=0.5, steps=2, **few), _matrix("symmetric"), jnp.asarray(B), True)))


def test_neumann_is_its_series() -> None:
    """k terms with the step that is given; with its own step, that of the largest eigenvalue, whatever its sign."""
    step, terms = 0.15, 6
    power, total = np.eye(N), np.zeros((N, N))
    for _ in range(terms):
        total, power = total + power, power @ (np.eye(N) - step * GENERAL)
    assert np.allclose(_solve(Neumann(terms, step), _matrix("general"), jnp.asarray(B), False), step * total @ B)
    assert np.allclose(_solve(Neumann(400), -_matrix("symmetric"), jnp.asarray(B), True), -np.linalg.solve(SYMMETRIC, B), atol=1e-6)


def test_nystrom_takes_the_largest_eigenvalues() -> None:
    """Exact for a matrix of rank k: (A + damping I)^-1; and for full rank a damped inverse."""
    low = _TURN[:, :3] @ np.diag([5.0, 3.0, 1.0]) @ _TURN[:, :3].T
    found = _solve(Nystrom(3, 0.1), jnp.asarray(low), jnp.asarray(B), True)
    assert np.allclose(found, np.linalg.solve(low + 0.1 * np.eye(N), B), atol=1e-6)
    full = _solve(Nystrom(99, 0.1), _matrix("symmetric"), jnp.asarray(B), True)
    assert np.allclose(full, np.linalg.solve(SYMMETRIC + 0.1 * np.eye(N), B))


def test_what_is_unsound_is_refused() -> None:
    for solver in (CG(), Nystrom(), Dense("cholesky"), Dense("ldl")):
        with pytest.raises(Unsuitable):
            _solve(solver, _matrix("general"), jnp.asarray(B), False)
