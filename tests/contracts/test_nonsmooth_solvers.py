"""Every solver for nonsmooth and constrained problems on every problem that it fits: values, derivatives, statuses."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime.functions import mirror, projections
from pushforward.runtime.rules.implicit import Implicit
from pushforward.runtime.samplers.executable import enable_x64
from pushforward.runtime.solvers.admm import Admm
from pushforward.runtime.solvers.augmented_lagrangian import AugmentedLagrangian
from pushforward.runtime.solvers.block_coordinate_descent import BlockCoordinateDescent
from pushforward.runtime.solvers.frank_wolfe import FrankWolfe
from pushforward.runtime.solvers.interior_point import InteriorPoint
from pushforward.runtime.solvers.iterate import iterate
from pushforward.runtime.solvers.mirror_descent import MirrorDescent
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.projected_gradient import ProjectedGradient
from pushforward.runtime.solvers.proximal_gradient import ProximalGradient
from pushforward.runtime.solvers.qp import Qp
from pushforward.runtime.solvers.solution import Solution, Status
from tests.contracts.nonsmooth_problems import PROBLEMS, Case
from tests.contracts.sampling import every

enable_x64()

#: A solver and the kinds of problem that it fits.
SOLVERS: dict[str, tuple[Any, set[str]]] = {
    "proximal_gradient": (ProximalGradient(), {"prox", "set"}),
    "projected_gradient": (ProjectedGradient(), {"set"}),
    "mirror_descent": (MirrorDescent(), {"simplex"}),
    "frank_wolfe": (FrankWolfe(tol=1e-3), {"simplex", "vertices"}),
    "block_coordinate_descent": (BlockCoordinateDescent(), {"separable"}),
    "admm": (Admm(), {"prox", "set"}),
    "qp": (Qp(), {"program"}),
    "augmented_lagrangian": (AugmentedLagrangian(), {"equal", "unequal"}),
    "interior_point": (InteriorPoint(), {"equal", "unequal"}),
}
PAIRS = [(s, p) for s, (_, kinds) in SOLVERS.items() for p, case in PROBLEMS.items() if kinds & case.kinds]


@cache
def solved(solver: str, name: str, double: bool) -> Solution:
    """The solution, jitted."""
    case, dtype = PROBLEMS[name], jnp.float64 if double else jnp.float32
    args = jax.tree.map(lambda a: jnp.asarray(a, dtype), case.args)
    by = SOLVERS[solver][0]
    found: Solution = jax.jit(lambda z, a: iterate(by, case.problem, z, a))(jnp.asarray(case.start, dtype), args)
    return found


@pytest.mark.parametrize(("solver", "name"), every(PAIRS, 7))
def test_it_finds_the_solution(solver: str, name: str) -> None:
    case, found = PROBLEMS[name], solved(solver, name, True)
    assert Status(int(found.status)) == Status.CONVERGED
    assert float(found.residual) <= max(SOLVERS[solver][0].tol, 1e-11)
    condition = jax.jit(case.problem.optimality)(found.z, case.args)
    np.testing.assert_allclose(np.max(np.abs(condition)), found.residual, atol=1e-11)
    if case.solution is not None:
        atol = 0.02 if solver == "frank_wolfe" else 3e-6
        np.testing.assert_allclose(found.z[: case.problem.size], case.solution, atol=atol)


@pytest.mark.parametrize(("solver", "name"), every(PAIRS, 19))
def test_single_precision_ends(solver: str, name: str) -> None:
    """A tolerance below rounding is met as far as rounding allows."""
    case, found = PROBLEMS[name], solved(solver, name, False)
    assert found.z.dtype == jnp.float32
    assert Status(int(found.status)) == Status.CONVERGED, f"{Status(int(found.status))}, {float(found.residual)}"
    if case.solution is not None:
        atol = 0.02 if solver == "frank_wolfe" else 2e-3
        np.testing.assert_allclose(found.z[: case.problem.size], case.solution, atol=atol)


@pytest.mark.parametrize("solver", every(SOLVERS, 5))
def test_in_a_batch_each_converges_by_itself(solver: str) -> None:
    """Three problems under `vmap` have the solutions of each alone."""
    name = next(p for s, p in PAIRS if s == solver and p not in ("lasso", "linear"))
    case, by = PROBLEMS[name], SOLVERS[solver][0]
    first = jnp.asarray(case.args[0]) * jnp.array([1.0, 1.1, 0.8]).reshape(3, *[1] * np.ndim(case.args[0]))

    def solve(changed: jax.Array) -> Solution:
        return iterate(by, case.problem, jnp.asarray(case.start), (changed, *case.args[1:]))

    together, alone = jax.jit(jax.vmap(solve))(first), jax.jit(solve)
    for k in range(3):
        single = alone(first[k])
        assert int(together.status[k]) == int(single.status) == Status.CONVERGED
        assert abs(int(together.iterations[k]) - int(single.iterations)) <= 0.2 * int(single.iterations) + 1
        np.testing.assert_allclose(together.z[k], single.z, atol=2e-3 if solver == "frank_wolfe" else 1e-6)


# ---------------------------------------------------------------- derivatives

TIGHT: list[tuple[str, Any]] = [
    ("lasso", ProximalGradient(tol=1e-11)),
    ("sparse_logistic", ProximalGradient(tol=1e-11)),
    ("nnls", BlockCoordinateDescent(tol=1e-11)),
    ("nnls_program", Qp(tol=1e-11)),
    ("on_simplex", ProjectedGradient(tol=1e-11)),
    ("svm_dual", Qp(tol=1e-10)),
    ("isotonic", Qp(tol=1e-11)),
    ("linear", InteriorPoint(tol=1e-10)),
    ("equal", Qp(tol=1e-11)),
    ("disc", AugmentedLagrangian(tol=1e-11)),
    ("entropy", InteriorPoint(tol=1e-11)),
    ("assignment", FrankWolfe(tol=1e-9)),
]


@pytest.mark.parametrize(("name", "by"), every(TIGHT, 4), ids=[name for name, _ in TIGHT])
def test_implicit_derivatives(name: str, by: Any) -> None:
    """Forward and reverse, in all arguments at once, against central differences of the solution."""
    case = PROBLEMS[name]
    rng = np.random.default_rng(list(name.encode()))
    args = jax.tree.map(jnp.asarray, case.args)
    v = jax.tree.map(lambda a: 0.3 * rng.normal(size=a.shape), args)
    if name == "sparse_logistic":
        v = (v[0], 0 * v[1], v[2])
    w = rng.normal(size=case.problem.size)

    def solve(args: Any) -> jax.Array:
        return Implicit().solve(case.problem, by, jnp.asarray(case.start), args).z[: case.problem.size]

    along = lambda a: jax.jvp(solve, (a,), (v,))[1]  # noqa: E731
    forward, reverse = jax.jit(lambda a: (along(a), jax.grad(lambda a: w @ solve(a))(a)))(args)
    step, quick = 1e-5, jax.jit(solve)
    ends = [quick(jax.tree.map(lambda a, d, s=s: a + s * step * d, args, v)) for s in (1, -1)]
    difference = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(forward, difference, atol=2e-5, rtol=1e-5)
    total = sum(jnp.sum(r * d) for r, d in zip(jax.tree.leaves(reverse), jax.tree.leaves(v), strict=True))
    np.testing.assert_allclose(total, w @ forward, atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("solver", every(SOLVERS, 5))
def test_a_step_can_be_differentiated(solver: str) -> None:
    """Forward and reverse agree and are finite: what rules that differentiate the steps need."""
    name = next(p for s, p in PAIRS if s == solver)
    case, by = PROBLEMS[name], SOLVERS[solver][0]
    args = jax.tree.map(jnp.asarray, case.args)

    def twice(first: jax.Array) -> jax.Array:
        given = (first, *args[1:])
        now = by.init(case.problem, jnp.asarray(case.start) + 0.01, given)
        return jnp.sum(by.step(case.problem, by.step(case.problem, now, given), given).z[: case.problem.size] ** 2)

    v = jnp.cos(jnp.arange(args[0].size, dtype=float)).reshape(args[0].shape)
    forward, reverse = jax.jit(lambda a: (jax.jvp(twice, (a,), (v,))[1], jax.grad(twice)(a)))(args[0])
    assert np.isfinite(forward)
    np.testing.assert_allclose(jnp.sum(reverse * v), forward, rtol=1e-7, atol=1e-9)


def _svm() -> tuple[Minimise, Any, Any, Any]:
    """The dual of the multiclass support vector machine, with probabilities in rows: 15 points of 30 features, 3 classes."""
    rng = np.random.default_rng(0)
    labels = np.eye(3)[np.arange(15) % 3]
    points = rng.normal(size=(15, 30)) + 2 * labels @ rng.normal(size=(3, 30))

    def dual(z: jax.Array, args: Any) -> jax.Array:
        beta = z.reshape(15, 3)
        W = points.T.astype(z.dtype) @ (labels.astype(z.dtype) - beta) / jnp.exp(args)
        return 0.5 * jnp.exp(args) * jnp.sum(W**2) + jnp.sum(beta * labels)

    problem = Minimise(
        dual, 45, lambda z, t, a: projections.project_rows_simplex(z.reshape(15, 3)).ravel(),
        mirror=lambda z, g, a: mirror.mirror_simplex(z.reshape(15, 3), g.reshape(15, 3)).ravel(),
    )
    return problem, points, labels, rng.normal(size=(15, 3))


@pytest.mark.parametrize("by", every([ProjectedGradient(tol=1e-10), MirrorDescent(tol=1e-9), ProximalGradient(tol=1e-10)], 3), ids=lambda s: type(s).__name__)
def test_hypergradients_at_the_boundary_of_the_simplex(by: Any) -> None:
    """Most probabilities are 0 or 1. The exact derivative is that on the support: one linear system, solved here in NumPy."""
    problem, points, labels, w = _svm()
    theta = jnp.asarray(3.0)

    def outer(theta: jax.Array) -> tuple[jax.Array, Solution]:
        found = Implicit().solve(problem, by, jnp.full(45, 1 / 3), theta)
        return jnp.sum(w.ravel() * found.z), found

    (_, found), gradient = jax.jit(jax.value_and_grad(outer, has_aux=True))(theta)
    beta = np.asarray(found.z).reshape(15, 3)
    assert int(found.status) == Status.CONVERGED
    support = beta.ravel() > 1e-6
    assert 15 < support.sum() < 40, "not at the boundary, or at a vertex"
    hessian = np.kron(points @ points.T, np.eye(3)) / np.exp(3.0)
    cross = -hessian @ (beta - labels).ravel()
    rows = np.kron(np.eye(15), np.ones((1, 3)))[:, support]
    system = np.block([[hessian[np.ix_(support, support)], rows.T], [rows, np.zeros((15, 15))]])
    change = np.linalg.solve(system, np.append(-cross[support], np.zeros(15)))[: support.sum()]
    exact = w.ravel()[support] @ change
    assert abs(exact) > 1e-3
    np.testing.assert_allclose(gradient, exact, rtol=1e-6)


# ---------------------------------------------------------------- statuses


def _program(rows: Any, bounds: Any, equality: Any = None, linear: bool = False) -> Case:
    """|z|^2 / 2 or sum(z) subject to rows z <= bounds."""
    return Case(
        Minimise(
            (lambda z, a: jnp.sum(z)) if linear else (lambda z, a: 0.5 * z @ z), 2, equality=equality,
            inequality=lambda z, a: a[0] @ z - a[1], quadratic=True,
        ),
        (jnp.asarray(rows, float), jnp.asarray(bounds, float)), jnp.zeros(2), None,
    )


IMPOSSIBLE = {
    "inequalities": _program([[1, 1], [-1, -1]], [-1, -1]),
    "an equation": _program([[1, 0], [0, 1]], [1, 1], lambda z, a: jnp.stack([z[0] + z[1] - 3])),
    "equations": _program([[1, 0]], [9], lambda z, a: jnp.stack([z[0] - 1, z[0] - 2])),
}


#: Each way of being impossible, and each solver, once in the fast suite.
REFUSALS = [(Qp(), "inequalities"), (AugmentedLagrangian(), "an equation"), (InteriorPoint(), "equations")]
OTHERS = [(by, name) for by in (Qp(), AugmentedLagrangian(), InteriorPoint()) for name in IMPOSSIBLE if (by, name) not in REFUSALS]


@pytest.mark.parametrize(("by", "name"), [*REFUSALS, *(pytest.param(*pair, marks=pytest.mark.slow) for pair in OTHERS)], ids=lambda v: v if isinstance(v, str) else type(v).__name__)
def test_infeasible_programs_are_told(by: Any, name: str) -> None:
    case = IMPOSSIBLE[name]
    found = jax.jit(lambda z, a: iterate(by, case.problem, z, a))(case.start, case.args)
    assert Status(int(found.status)) == Status.INFEASIBLE


def test_unbounded_programs_are_told() -> None:
    case = _program([[1, 0]], [1], linear=True)
    found = jax.jit(lambda z, a: iterate(Qp(), case.problem, z, a))(case.start, case.args)
    assert Status(int(found.status)) == Status.UNBOUNDED


@pytest.mark.parametrize("by", [ProximalGradient(steps=2), Admm(steps=2), BlockCoordinateDescent(steps=2)], ids=lambda s: type(s).__name__)
def test_too_few_steps_are_told(by: Any) -> None:
    case = PROBLEMS["lasso"]
    found = jax.jit(lambda z, a: iterate(by, case.problem, z, a))(jnp.asarray(case.start), case.args)
    assert Status(int(found.status)) == Status.STEPS and int(found.iterations) == 2


def test_the_residual_sees_violations() -> None:
    """A violated inequality with multiplier 0, and a negative multiplier of a slack one, which a product would not see."""
    problem = Minimise(lambda z, a: 0.0 * z[0], 1, inequality=lambda z, a: z - 1)
    assert np.max(np.abs(problem.optimality(jnp.array([3.0, 0.0]), None))) == 2
    assert np.max(np.abs(problem.optimality(jnp.array([1.0, -0.5]), None))) == 0.5
    assert float(problem.violation(jnp.array([3.0]), None)) == 2


def test_what_a_solver_cannot_do_is_said() -> None:
    curved = PROBLEMS["disc"]
    with pytest.raises(ValueError, match="quadratic objective"):
        iterate(Qp(), curved.problem, jnp.asarray(curved.start), curved.args)
    with pytest.raises(ValueError, match="blocks of 4"):
        iterate(BlockCoordinateDescent(block=4), PROBLEMS["nnls"].problem, jnp.ones(6), PROBLEMS["nnls"].args)


def test_blocks_of_several_entries() -> None:
    """A group lasso, a row at a time, against the proximal gradient."""
    rng = np.random.default_rng(4)
    A, b = rng.normal(size=(20, 6)), rng.normal(size=20)

    def shorter(z: jax.Array, t: Any, args: Any) -> jax.Array:
        rows = z.reshape(3, 2)
        lengths = jnp.sqrt(jnp.sum(rows**2, axis=1, keepdims=True) + 1e-300)
        return (rows * jnp.maximum(1 - 2.0 * t / lengths, 0.0)).ravel()

    problem = Minimise(lambda z, a: 0.5 * jnp.sum((a[0] @ z - a[1]) ** 2), 6, shorter, lambda z, a: jnp.zeros(()), quadratic=True)
    ways = (BlockCoordinateDescent(block=2), ProximalGradient())
    found = [jax.jit(lambda z, a, by=by: iterate(by, problem, z, a))(jnp.zeros(6), (A, b)) for by in ways]
    assert all(int(f.status) == Status.CONVERGED for f in found)
    np.testing.assert_allclose(found[0].z, found[1].z, atol=1e-7)
