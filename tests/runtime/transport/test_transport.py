"""Entropic transport against what is known exactly: assignments, envelopes, and the promises of its solvers."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from pushforward.runtime.functions.entropic import (
    transport_columns,
    transport_dual,
    transport_table,
    transport_value,
    unbalanced_dual,
)
from pushforward.runtime.rules.implicit import Implicit
from pushforward.runtime.samplers.executable import enable_x64
from pushforward.runtime.solvers.iterate import Solver, iterate
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.sinkhorn import Sinkhorn
from pushforward.runtime.solvers.sinkhorn_newton_sparse import SinkhornNewtonSparse
from pushforward.runtime.solvers.solution import Solution, Status

SOLVERS: dict[str, Solver] = {
    "sinkhorn": Sinkhorn(1e-12, 50_000), "plain": Sinkhorn(1e-12, 50_000, decay=1.0),
    "relaxed": Sinkhorn(1e-12, 50_000, relaxation=1.5), "newton": SinkhornNewtonSparse(1e-12),
    "few": SinkhornNewtonSparse(1e-12, keep=4),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _double() -> None:
    enable_x64()


each = pytest.mark.parametrize("name", SOLVERS)


def problem(n: int) -> Minimise:
    return Minimise(lambda z, x: -transport_dual(z, *x), n, transport=lambda z, x: x)


def costs(n: int, seed: int = 0) -> Any:
    return jnp.asarray(np.random.default_rng(seed).uniform(size=(n, n)))


def solved(solver: Solver, C: Any, eps: float, a: Any = None, b: Any = None) -> tuple[Solution, Any]:
    m, n = C.shape
    a = jnp.full(m, 1 / m) if a is None else a
    b = jnp.full(n, 1 / n) if b is None else b
    found = jax.jit(lambda *x: iterate(solver, problem(m), jnp.zeros(m), x))(C, a, b, jnp.asarray(eps))
    g = transport_columns(found.z, C, a, eps)
    return found, transport_table(found.z, g, C, a, b, eps)


@each
def test_the_plan_has_its_sums_and_the_value_no_gap(name: str) -> None:
    """Dual feasibility: the dual at f is the primal at the plan."""
    rng = np.random.default_rng(3)
    C = jnp.asarray(rng.uniform(size=(12, 9)))
    a, b = jnp.asarray(rng.dirichlet(np.ones(12))), jnp.asarray(rng.dirichlet(np.ones(9)))
    found, P = solved(SOLVERS[name], C, 0.05, a, b)
    assert found.status == Status.CONVERGED
    np.testing.assert_allclose(P.sum(1), a, atol=1e-11)
    np.testing.assert_allclose(P.sum(0), b, atol=1e-14)
    primal = jnp.sum(P * C) + 0.05 * jnp.sum(P * jnp.log(P / (a[:, None] * b[None, :])))
    np.testing.assert_allclose(transport_dual(found.z, C, a, b, jnp.asarray(0.05)), primal, rtol=1e-10)
    np.testing.assert_allclose(a @ found.z, 0.0, atol=1e-12)


@pytest.mark.slow
def test_the_plan_becomes_the_best_assignment() -> None:
    """The excess cost is positive, at most eps log n, and falls with the temperature."""
    C = costs(30)
    best = np.asarray(C)[linear_sum_assignment(np.asarray(C))].mean()
    excess = [float(jnp.sum(solved(SOLVERS["newton"], C, eps)[1] * C)) - best for eps in (0.1, 0.01, 0.001)]
    assert all(0 <= e <= eps * np.log(30) for e, eps in zip(excess, (0.1, 0.01, 0.001), strict=True))
    assert excess[0] > 5 * excess[1] > 25 * excess[2]


def test_newton_meets_a_tight_tolerance_where_sinkhorn_does_not() -> None:
    """As for n = 500 at the temperature 1 / 1200, see examples/transport/sinkhorn_newton."""
    C = costs(100)
    found, P = solved(SinkhornNewtonSparse(1e-15, 81), C, 1 / 240)
    assert found.iterations <= 81 and jnp.abs(P.sum(1) - 0.01).sum() < 1e-12
    slow, Q = solved(Sinkhorn(1e-15, 81, decay=1.0), C, 1 / 240)
    assert slow.status == Status.STEPS and jnp.abs(Q.sum(1) - 0.01).sum() > 1e-6


@each
def test_weights_of_other_sums_are_refused(name: str) -> None:
    C = costs(4)
    found, _ = solved(SOLVERS[name], C, 0.1, jnp.full(4, 0.25), jnp.full(4, 0.3))
    assert found.status == Status.INFEASIBLE


@each
def test_a_row_without_weight_has_no_plan(name: str) -> None:
    a = jnp.asarray([0.5, 0.0, 0.2, 0.3])
    found, P = solved(SOLVERS[name], costs(4), 0.1, a)
    assert found.status == Status.CONVERGED and jnp.all(P[1] == 0) and found.z[1] == 0
    np.testing.assert_allclose(P.sum(1), a, atol=1e-11)


def test_rows_that_are_rounded_to_nothing_come_back() -> None:
    """Costs of 800 temperatures: the exponentials of a row vanish against those of the others."""
    C = costs(6).at[2].add(40.0)
    found, P = solved(Sinkhorn(1e-9, 20_000, decay=1.0), C, 0.05)
    assert found.status == Status.CONVERGED
    np.testing.assert_allclose(P.sum(1), 1 / 6, atol=1e-8)


@each
def test_unbalanced_sums_are_where_the_dual_is_flat(name: str) -> None:
    C, a, b = costs(5), jnp.full(5, 0.3), jnp.full(5, 0.2)
    x = (C, a, b, jnp.asarray(0.1), jnp.asarray(0.8), jnp.asarray(2.0))
    whole = Minimise(lambda z, x: -unbalanced_dual(z, *x), 5, transport=lambda z, x: x)
    found = iterate(SOLVERS[name], whole, jnp.zeros(5), x)
    assert found.status == Status.CONVERGED
    np.testing.assert_allclose(jax.grad(unbalanced_dual)(found.z, *x), 0.0, atol=1e-10)


@pytest.mark.slow
def test_the_value_has_derivatives_of_both_orders() -> None:
    """The first is the plan, without a solve; the second follows the potentials."""
    C, a = costs(5), jnp.full(5, 0.2)
    solver, eps = SinkhornNewtonSparse(1e-14), jnp.asarray(0.1)

    def value(C: jax.Array) -> jax.Array:
        f = Implicit().solve(problem(5), solver, jnp.zeros(5), (C, a, a, eps)).z
        return transport_value(f, C, a, a, eps)

    _, P = solved(solver, C, 0.1)
    gradient = jax.jit(jax.grad(value))
    np.testing.assert_allclose(gradient(C), P, atol=1e-12)
    d = jnp.asarray(np.random.default_rng(1).normal(size=(5, 5)))
    second = jax.jit(lambda C: jax.jvp(jax.grad(value), (C,), (d,))[1])(C)
    difference = (gradient(C + 1e-5 * d) - gradient(C - 1e-5 * d)) / 2e-5
    np.testing.assert_allclose(second, difference, atol=1e-7)
    # a value whose potentials are held still has the same first derivative and another second one
    held = jax.jvp(jax.grad(lambda C: transport_dual(solved(solver, costs(5), 0.1)[0].z, C, a, a, eps)), (C,), (d,))[1]
    assert jnp.max(jnp.abs(held - difference)) > 1e-3
