"""Every rule against every problem it is for: first and second derivatives, batches, precisions, and how wrong the biased are."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass, replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime import rules
from pushforward.runtime.linear.bicgstab import BiCGStab
from pushforward.runtime.linear.cg import CG
from pushforward.runtime.linear.gmres import GMRES
from pushforward.runtime.linear.neumann import Neumann
from pushforward.runtime.linear.normal_cg import NormalCG
from pushforward.runtime.linear.nystrom import Nystrom
from pushforward.runtime.rules.implicit import Implicit
from pushforward.runtime.rules.onestep import OneStep
from pushforward.runtime.rules.penalty import Penalty
from pushforward.runtime.rules.stop import Stop
from pushforward.runtime.rules.truncated import Truncated
from pushforward.runtime.rules.unroll import Unroll
from pushforward.runtime.rules.value_function import ValueFunction
from pushforward.runtime.solvers.solution import Solution
from pushforward.runtime.solvers.unsuitable import Unsuitable
from tests.contracts.problems import CASES, HOPELESS, A, Case, X
from tests.contracts.reference_solvers import Descent, Semismooth
from tests.contracts.sampling import every

BY_NAME = {case.name: case for case in CASES}
RIDGE = BY_NAME["ridge"]
#: with a condition whose derivative is not symmetric
ASKEW = ("inequality", "simplex", "saddle")
#: one of each kind: for what depends on the rule and little on the problem
FEW = ("logistic", "inequality", "simplex", "contraction", "saddle")


@dataclass(frozen=True)
class Promise:
    """What a rule says of itself, by Newton's steps: relative errors of first and second derivatives, and the problems."""

    rule: Any
    first: float
    second: float | None
    serves: Callable[[Case], bool] = lambda case: True
    forward: bool = True


def _valued(case: Case) -> bool:
    return case.kind in ("argmin", "saddle") and not case.features & {"equality", "inequality"}


PROMISES = {
    "implicit": Promise(Implicit(), 1e-8, 1e-7),
    "implicit_cg": Promise(Implicit(CG()), 1e-8, None, lambda case: case.name in ("ridge", "logistic")),
    "implicit_normal_cg": Promise(Implicit(NormalCG()), 1e-6, None, lambda case: case.name in ASKEW),
    "implicit_gmres": Promise(Implicit(GMRES()), 1e-7, None, lambda case: case.name in ASKEW),
    "implicit_bicgstab": Promise(Implicit(BiCGStab()), 1e-6, None, lambda case: case.name in ASKEW),
    "unroll": Promise(Unroll(), 1e-8, 1e-6),
    "truncated": Promise(Truncated(2), 1e-8, 1e-6),
    "onestep": Promise(OneStep(), 1e-8, None),
    "penalty": Promise(Penalty(1e-4), 2e-3, 2e-2, _valued, forward=False),
    "value_function": Promise(ValueFunction(1e-4), 2e-3, 2e-2, lambda case: case.kind == "argmin", forward=False),
}
PAIRS = [(p, c.name) for p, promise in PROMISES.items() for c in CASES if promise.serves(c)]
SOME = [(p, name) for p, name in PAIRS if name in FEW and not p.startswith("implicit_")]


@pytest.fixture(autouse=True)
def _double() -> Any:
    with jax.enable_x64(True):
        yield


def solved(rule: Any, case: Case, start: Any, args: Any, solver: Any = None) -> Solution:
    """By the reference solver if no other is given."""
    found: Solution = rule.solve(case.problem, solver or Semismooth(case.multipliers), start, args)
    return found


def point(rule: Any, case: Case, dtype: Any = float, solver: Any = None) -> tuple[Callable[[Any], Any], Any]:
    """args -> the solution [n], and args."""
    start, args = case.at(dtype)
    return (lambda a: solved(rule, case, start, a, solver).z[: start.size]), args


def directions(args: Any, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return jax.tree.map(lambda x: jnp.asarray(rng.normal(size=x.shape), x.dtype), args)


def off(found: Any, right: Any) -> float:
    """The error relative to the size of what is right."""
    left, exact = (jnp.concatenate([jnp.ravel(x) for x in jax.tree.leaves(t)]) for t in (found, right))
    return float(jnp.linalg.norm(left - exact) / jnp.linalg.norm(exact))


@cache
def truth(name: str) -> tuple[Any, Any]:
    """The solution and its Jacobian, by the way of the problem's own."""
    case = BY_NAME[name]
    return jax.jit(lambda a: (case.exact(a), jax.jacrev(case.exact)(a)))(case.at(float)[1])  # type: ignore[no-any-return]


def reverse_error(rule: Any, case: Case, dtype: Any = float, solver: Any = None) -> float:
    """Of the Jacobian, row by row."""
    f, args = point(rule, case, dtype, solver)
    exact = jax.tree.map(lambda x: x.astype(dtype), truth(case.name)[1])
    return off(jax.jit(jax.jacrev(f))(args), exact)


def test_every_rule_is_promised_something() -> None:
    """The folder is the registry."""
    found = set()
    for info in pkgutil.iter_modules(rules.__path__):
        module = importlib.import_module(f"{rules.__name__}.{info.name}")
        found |= {v for v in vars(module).values() if is_dataclass(v) and v.__module__ == module.__name__}
    assert found == {type(p.rule) for p in PROMISES.values()} | {Stop}


@pytest.mark.parametrize(("promise", "name"), every(PAIRS, 9))
def test_value_and_first_derivatives(promise: str, name: str) -> None:
    """The value is the solver's, whatever the rule; the derivatives, jitted, are as good as promised."""
    says, case = PROMISES[promise], BY_NAME[name]
    f, args = point(says.rule, case)
    along = directions(args)

    def all_three(a: Any) -> Any:
        forward = jax.jvp(f, (a,), (along,))[1] if says.forward else None
        return solved(says.rule, case, case.at(float)[0], a), jax.jacrev(f)(a), forward

    found, reverse, forward = jax.jit(all_three)(args)
    solution, jacobian = truth(name)
    assert found.status == 0
    assert off(found.z[: case.start.size], solution) < 1e-10
    assert off(reverse, jacobian) < says.first
    if says.forward:
        moved = [np.tensordot(j, v, np.ndim(v)) for j, v in zip(jax.tree.leaves(jacobian), jax.tree.leaves(along), strict=True)]
        assert off(forward, sum(moved)) < says.first


@pytest.mark.parametrize(("promise", "name"), every([p for p in PAIRS if PROMISES[p[0]].second is not None], 30))
def test_second_derivatives(promise: str, name: str) -> None:
    """Of a number made of the solution, in reverse over reverse, along a line."""
    says, case = PROMISES[promise], BY_NAME[name]
    f, args = point(says.rule, case)
    along = directions(args, 1)

    def curvature(g: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def slope(a: Any) -> Any:
            gradient = jax.grad(lambda at: jnp.sum(jnp.sin(g(at)) * jnp.arange(1.0, 1.0 + g(at).size)))(a)
            return sum(jnp.vdot(x, y) for x, y in zip(jax.tree.leaves(gradient), jax.tree.leaves(along)))

        return jax.jit(jax.grad(slope))

    assert says.second is not None
    assert off(curvature(f)(args), curvature(case.exact)(args)) < says.second


@pytest.mark.parametrize(("promise", "name"), every(SOME, 26))
def test_in_a_batch(promise: str, name: str) -> None:
    """The gradients of a batch are those of its elements, which take different numbers of steps."""
    says, case = PROMISES[promise], BY_NAME[name]
    f, args = point(says.rule, case)
    gradient = jax.grad(lambda a: jnp.sum(f(a) ** 2))
    shifts = np.array([0.0, 0.01, 0.03])
    batch = jax.tree.map(lambda x: x + shifts.reshape(3, *[1] * x.ndim) * jnp.ones_like(x), args)
    # one after the other, in a program of its own
    stacked = jax.jit(lambda rows: jax.lax.map(gradient, rows))(batch)
    assert off(jax.jit(jax.vmap(gradient))(batch), stacked) < 1e-6


@pytest.mark.parametrize(("promise", "name"), every(SOME, 26))
def test_single_precision(promise: str, name: str) -> None:
    """Tolerances that float32 cannot reach still end as converged, with derivatives of its precision."""
    says, case = PROMISES[promise], BY_NAME[name]
    # what is divided by sigma are differences of numbers rounded to 1e-7
    rule = replace(says.rule, sigma=3e-3) if not says.forward else says.rule
    start, args = case.at(jnp.float32)
    found = jax.jit(lambda a: solved(rule, case, start, a))(args)
    assert found.status == 0 and found.z.dtype == jnp.float32
    assert reverse_error(rule, case, jnp.float32) < (5e-2 if not says.forward else 2e-4)


@pytest.mark.slow
def test_the_jacobian_is_as_wrong_as_the_solution() -> None:
    """Blondel et al. 2022, figure 3: on ridge regression, solved by a number of steps of gradient descent, the error of the
    implicit Jacobian against that of the solution lies on a line of slope one; unrolling is worse at each point."""
    start, args = RIDGE.at(float)
    away, implicit, unrolled = [], [], []
    for steps in (5, 10, 20, 40, 60):
        solver = Descent(0.4, steps=steps)
        away.append(off(solved(Implicit(), RIDGE, start, args, solver).z, RIDGE.exact(args)))
        implicit.append(reverse_error(Implicit(), RIDGE, solver=solver))
        unrolled.append(reverse_error(Unroll(), RIDGE, solver=solver))
    slope = np.polyfit(np.log(away), np.log(implicit), 1)[0]
    assert away[0] > 20 * away[-1]
    assert slope == pytest.approx(1.0, abs=0.05)
    assert all(u > i for u, i in zip(unrolled, implicit))


@pytest.mark.parametrize(
    ("make", "name"), every([(Penalty, "rosenbrock"), (Penalty, "logistic"), (ValueFunction, "rosenbrock"), (ValueFunction, "circle")], 4)
)
def test_the_bias_of_a_penalty_is_linear_in_sigma(make: Any, name: str) -> None:
    """Of a quadratic problem it is 0; these are not."""
    case = BY_NAME[name]
    errors = [reverse_error(make(sigma), case, solver=Semismooth(case.multipliers, tol=1e-14)) for sigma in (1e-2, 5e-3)]
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)


def _rate() -> tuple[float, float]:
    """1/L of the ridge problem, and by what share one step of it shrinks the slowest part of the error."""
    hessian = X.T @ X / 12 + np.diag(np.exp(RIDGE.args[1]))
    values = np.linalg.eigvalsh(hessian)
    return 1 / values[-1], 1 - values[0] / values[-1]


@pytest.mark.slow
def test_the_bias_of_truncation_falls_with_the_rate_of_the_solver() -> None:
    """|error(k + 8)| / |error(k)| tends to q^8; and k steps are k terms of the Neumann series."""
    step, q = _rate()
    errors = {k: reverse_error(Truncated(k), RIDGE, solver=Descent(step)) for k in (1, 16, 24, 32)}
    assert errors[24] / errors[16] == pytest.approx(q**8, rel=0.05)
    assert errors[32] / errors[24] == pytest.approx(q**8, rel=0.05)
    one = reverse_error(OneStep(), RIDGE, solver=Descent(step))
    assert one == pytest.approx(errors[1]) and 0.05 < one <= q * 1.01
    for k in (1, 5, 24):
        series = reverse_error(Implicit(Neumann(k, step)), RIDGE, solver=Descent(step))
        assert series == pytest.approx(reverse_error(Truncated(k), RIDGE, solver=Descent(step)), rel=1e-6)


@pytest.mark.slow
def test_neumann_serves_what_contracts() -> None:
    """By its own estimate of the step for real eigenvalues; a given one for a saddle, whose eigenvalues are complex; and the
    step 1 of a contraction, whose sign is that of z - map(z)."""
    for name, step in (("logistic", 0.0), ("contraction", 1.0), ("saddle", 0.2)):
        errors = [reverse_error(Implicit(Neumann(k, step)), BY_NAME[name]) for k in (1, 300)]
        assert errors[1] < 1e-4 < errors[0], (name, errors)


@pytest.mark.slow
def test_the_bias_of_nystrom_is_that_of_its_damping_and_rank() -> None:
    errors = [reverse_error(Implicit(Nystrom(3, damping)), RIDGE) for damping in (1e-2, 1e-3, 1e-4)]
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(10, rel=0.1)
    assert reverse_error(Implicit(Nystrom(2, 1e-4)), RIDGE) > 0.1


def test_stop_has_the_value_and_no_derivative() -> None:
    f, args = point(Stop(), RIDGE)
    value, slope = jax.jit(lambda a: (f(a), jax.jacrev(f)(a)))(args)
    assert off(value, truth("ridge")[0]) < 1e-10
    assert all(not np.any(x) for x in jax.tree.leaves(slope))


@pytest.mark.slow
def test_unrolling_differentiates_in_the_start_and_the_others_do_not() -> None:
    """Three steps of descent on ridge: dz/dstart = (I - step H)^3."""
    start, args = RIDGE.at(float)
    hessian = X.T @ X / 12 + np.diag(np.exp(RIDGE.args[1]))
    few = Descent(0.1, steps=3)
    for rule in (Implicit(), Truncated(2), OneStep(), Stop()):
        assert not np.any(jax.jacfwd(lambda s, r=rule: solved(r, RIDGE, s, args, few).z)(start)), rule
    found = jax.jacrev(lambda s: solved(Unroll(), RIDGE, s, args, few).z)(start)
    assert off(found, np.linalg.matrix_power(np.eye(3) - 0.1 * hessian, 3)) < 1e-12


def test_unrolling_keeps_few_states() -> None:
    """In reverse, what is kept of 4096 steps is far less than 4096 states."""
    n = 1000
    problem = replace(RIDGE.problem, objective=lambda z, args: jnp.sum((z - args[0]) ** 2 * (1 + jnp.cos(z) / 4)), size=n)
    case = replace(RIDGE, problem=problem)

    def loss(a: Any) -> Any:
        return jnp.sum(solved(Unroll(), case, jnp.zeros(n), (a,), Descent(1e-4, steps=4096)).z)

    memory = jax.jit(jax.grad(loss)).lower(jnp.linspace(0.5, 1.0, n)).compile().memory_analysis()
    assert memory.temp_size_in_bytes < 8 * n * 4096 / 10


@pytest.mark.parametrize("name", ["valley", "rootless"])
def test_a_singular_system_has_no_derivative(name: str) -> None:
    """At a point that is not isolated, or was not reached, implicit says NaN, or a status, and not a plausible number."""
    case = {c.name: c for c in HOPELESS}[name]
    args = jax.tree.map(jnp.asarray, case.args)

    def solve(a: Any) -> Solution:
        return Implicit().solve(case.problem, Descent(0.25, steps=200), jnp.asarray(case.start), a)

    found, slope = jax.jit(lambda a: (solve(a), jax.jacrev(lambda a: solve(a).z)(a)))(args)
    assert found.status != 0 or bool(jnp.all(jnp.isnan(slope[0])))


@dataclass(frozen=True)
class Wrong(Implicit):
    """Deliberately wrong: the matrix of the system is transposed. Right wherever that is symmetric."""

    def solve(self, problem: Any, solver: Any, start: Any, args: Any) -> Solution:
        found = jax.lax.stop_gradient(Stop().solve(problem, solver, start, args))
        matrix = jax.jacfwd(problem.optimality)(found.z, jax.lax.stop_gradient(args))
        moved = jnp.linalg.solve(matrix.T, problem.optimality(found.z, args))
        return found._replace(z=found.z - moved + jax.lax.stop_gradient(moved))


def test_a_wrong_rule_is_found_out() -> None:
    """By the problems whose condition is not symmetric."""
    askew, symmetric = {"simplex", "polynomials", "contraction", "saddle"}, {"ridge", "logistic", "rosenbrock"}
    caught = {case.name for case in CASES if case.name in askew | symmetric and reverse_error(Wrong(), case) > 1e-2}
    assert caught == askew


def _refused(rule: Any, name: str) -> str:
    f, args = point(rule, BY_NAME[name])
    with pytest.raises(Unsuitable) as told:
        jax.jacrev(f)(args)
    return str(told.value)


def test_what_is_unsound_is_refused() -> None:
    assert "value_function" in _refused(Penalty(), "equality")
    assert "implicit" in _refused(Penalty(), "polynomials")
    assert "implicit" in _refused(ValueFunction(), "saddle")
    for linear in (CG(), Nystrom()):
        assert "gmres" in _refused(Implicit(linear), "simplex")


def test_the_problems_say_what_they_are() -> None:
    """The matrix of the table is positive definite, and the active sets are not close to changing."""
    assert np.linalg.eigvalsh(A).min() > 1
    for case in CASES:
        solution, jacobian = truth(case.name)
        assert np.all(np.isfinite(solution))
        assert any(np.any(np.asarray(x) != 0) for x in jax.tree.leaves(jacobian))
