"""Every integrator with every rule: values, derivatives, endings, `vmap`, precision.

Truth is a closed form, or SciPy's DOP853 and Radau at a tolerance far below. Integrators and rules are found by scanning their rooms.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pushforward.runtime import integrators as room
from pushforward.runtime.integrators import rules as rule_room
from pushforward.runtime.integrators.adaptive import Adaptive
from pushforward.runtime.integrators.fixed import Fixed
from pushforward.runtime.integrators.integrate import integrate
from pushforward.runtime.integrators.rules.discrete import Discrete
from pushforward.runtime.integrators.rules.linear_map import linear_map
from pushforward.runtime.integrators.rules.reversible import Reversible
from pushforward.runtime.integrators.rules.stop import Stop
from pushforward.runtime.integrators.trajectory import sentence
from pushforward.runtime.solvers.solution import Status
from tests.contracts.motions import FORCED, MOTIONS, Motion
from tests.contracts.sampling import every


def _found(package: Any, has: str) -> Iterator[Any]:
    for module in sorted(m.name for m in iter_modules(package.__path__)):
        loaded = import_module(f"{package.__name__}.{module}")
        for value in vars(loaded).values():
            if isinstance(value, type) and value.__module__ == loaded.__name__ and is_dataclass(value) and hasattr(value, has):
                yield value()


ALL = {type(i).__name__: i for i in _found(room, "run")}
ADAPTIVE = {n: i for n, i in ALL.items() if isinstance(i, Adaptive)}
FIXED = {n: i for n, i in ALL.items() if isinstance(i, Fixed)}
RULES = {type(r).__name__: r for r in _found(rule_room, "tangent")}
ORDERS = {"Euler": 1, "HeavyBall": 1, "ImplicitEuler": 1, "Heun": 2, "Midpoint": 2, "Ralston": 2, "ReversibleHeun": 2, "Rk4": 4}
IMPLICIT = ("Kvaerno3", "Kvaerno5")


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


def tight(by: Any) -> Any:
    """Tolerances of 1e-9; steps such that an error of second order is 1e-5."""
    return replace(by, rtol=1e-9, atol=1e-9) if isinstance(by, Adaptive) else replace(by, dt=1e-3)


def inputs(m: Motion) -> tuple[Any, Any, Any]:
    start = tuple(jnp.asarray(x) for x in m.start)
    return start, jnp.asarray(m.times), tuple(jnp.asarray(x) for x in m.args)


def near(got: Any, want: Any, tol: float) -> None:
    for g, w in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(g, w, rtol=tol, atol=tol)


def accuracy(by: Any) -> float:
    return {1: 5e-3, 2: 1e-5, 4: 1e-9}[ORDERS[type(by).__name__]] if isinstance(by, Fixed) else 2e-6


def test_rooms_are_found() -> None:
    assert set(FIXED) == set(ORDERS) and len(ADAPTIVE) == 5 and len(RULES) == 5
    assert all(hash(x) == hash(type(x)()) for x in (*ALL.values(), *RULES.values()))
    assert all(fields(x) for x in ALL.values())


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("motion", every(MOTIONS, 8), ids=lambda m: m.name)
def test_states(name: str, motion: Motion) -> None:
    """The states at all times, the first of which is the start."""
    by = tight(ALL[name])
    start, times, args = inputs(motion)
    states, report = jax.jit(lambda s, t, a: integrate(motion.field, s, t, a, by, Discrete()))(start, times, args)
    near(states, motion.solution(start, times, args), accuracy(by))
    near([x[0] for x in states], list(start), 0.0)
    assert report[0] == Status.CONVERGED and report[2] > 0
    assert (0 < report[1] <= 1) if isinstance(by, Adaptive) else np.isnan(report[1])


@pytest.mark.parametrize("name", FIXED)
def test_order(name: str) -> None:
    """Half the step makes the error smaller by 2^order."""
    start, times, args = inputs(FORCED)
    want = FORCED.solution(start, times, args)[0]

    def error(dt: float) -> float:
        # the largest over the times: at one of them it may change its sign
        by = replace(FIXED[name], dt=dt)
        found = jax.jit(lambda *x: integrate(FORCED.field, *x, by, Stop())[0][0])(start, times, args)
        return float(np.max(np.abs(found - want)))

    measured = np.log2(error(0.02) / error(0.01))
    assert abs(measured - ORDERS[name]) < 0.15


@cache
def jacobian_of_the_solution() -> Any:
    return jax.jit(jax.jacrev(FORCED.solution, (0, 1, 2)))(*inputs(FORCED))


PAIRS = [
    (by, at) for by in ("Tsit5", "Kvaerno5", "Rk4", "ImplicitEuler", "ReversibleHeun") for at in RULES
    if at != "Stop" and (at != "Reversible" or by == "ReversibleHeun")
] + [(by, "Discrete") for by in ("Dopri5", "Dopri8", "Kvaerno3", "Euler", "Heun", "Midpoint", "Ralston")]  # fmt: skip


@pytest.mark.parametrize(("name", "rule"), every(PAIRS, 12))
def test_derivatives(name: str, rule: str) -> None:
    """Forward and in reverse, in the start, the times and the arguments, against the closed form."""
    by, at = tight(ALL[name]), RULES[rule]
    x = inputs(FORCED)

    def got(*x: Any) -> Any:
        return integrate(FORCED.field, *x, by, at)[0][0]

    tol = 10 * accuracy(by)
    want = jacobian_of_the_solution()
    forward, reverse = jax.jit(lambda *x: (jax.jacfwd(got, (0, 1, 2))(*x), jax.jacrev(got, (0, 1, 2))(*x)))(*x)
    near(forward, want, tol)
    near(reverse, want, tol)


#: The first is fast: an adaptive integrator, differentiated twice, takes half a minute to compile.
TWICE = [("Rk4", "Discrete"), *(("ReversibleHeun" if r == "Reversible" else "Tsit5", r) for r in RULES if r != "Stop")]


@pytest.mark.parametrize(("name", "rule"), every(TWICE, len(TWICE)))
def test_second_derivatives(name: str, rule: str) -> None:
    """Forward over reverse, mixed ones included."""
    by = tight(ALL[name])
    x = inputs(FORCED)

    def got(*x: Any) -> Any:
        return jnp.sum(jnp.sin(integrate(FORCED.field, *x, by, RULES[rule])[0][0]))

    def want(*x: Any) -> Any:
        return jnp.sum(jnp.sin(FORCED.solution(*x)[0]))

    near(jax.jit(jax.hessian(got, (0, 1, 2)))(*x), jax.jit(jax.hessian(want, (0, 1, 2)))(*x), 2e-4)


@pytest.mark.parametrize("name", every(["Rk4", "Tsit5", "ReversibleHeun"], 2))
def test_discrete_is_the_derivative_of_what_is_computed(name: str) -> None:
    """With long fixed steps or a loose tolerance too: forward and reverse agree to rounding, and, where the steps do not
    depend on the start, with differences of the values."""
    loose = {"rtol": 1e-2, "atol": 1e-2} if name == "Tsit5" else {"dt": 0.25}
    by = replace(ALL[name], **loose)
    start, times, args = inputs(FORCED)

    def got(*a: Any) -> Any:
        return integrate(FORCED.field, start, times, a, by, Discrete())[0][0]

    h = 1e-6
    forward, reverse, high, low = jax.jit(
        lambda a, b: (jax.jacfwd(got, (0, 1))(a, b), jax.jacrev(got, (0, 1))(a, b), got(a + h, b), got(a - h, b))
    )(*args)
    near(forward, reverse, 1e-13)
    if name != "Tsit5":
        near(forward[0], (high - low) / (2 * h), 1e-8)
    # it is not that of the solution
    assert np.max(np.abs(forward[0] - jacobian_of_the_solution()[0][2][0])) > 1e-6


def test_stop_has_no_derivative() -> None:
    start, times, args = inputs(FORCED)
    gradient = jax.jit(jax.grad(lambda a: integrate(FORCED.field, start, times, a, ALL["Tsit5"], Stop())[0][0].sum()))(args)
    near(gradient, (0.0, 0.0), 0.0)


#: Tracing an adaptive integrator takes seconds: the fast suite has it with one rule, the others with given steps.
BATCHES = [("Tsit5", "Discrete"), ("Rk4", "Backsolve"), ("Rk4", "Forward")]
MORE_BATCHES = [("Rk4", "Discrete"), ("Tsit5", "Backsolve"), ("Tsit5", "Forward")]


@pytest.mark.parametrize(("name", "rule"), [*BATCHES, *(pytest.param(*p, marks=pytest.mark.slow) for p in MORE_BATCHES)])
def test_batches(name: str, rule: str) -> None:
    """A batch whose members take different numbers of steps, one of which fails, is what its members are."""
    by = replace(ALL[name], rtol=1e-6, atol=1e-6, steps=60) if name != "Rk4" else replace(ALL[name], dt=0.05)
    rates = jnp.array([0.3, 4.0, -2.0])

    def field(t: Any, z: Any, a: Any) -> Any:
        return (a * z[0] ** 2,)

    def value(a: Any) -> Any:
        states, report = integrate(field, (jnp.ones(()),), jnp.array([0.0, 0.5, 1.0]), a, by, RULES[rule])
        return jnp.where(jnp.isfinite(states[0]), states[0], 0.0).sum(), report

    both = jax.value_and_grad(value, has_aux=True)
    (values, reports), gradients = jax.jit(jax.vmap(both))(rates)
    alone = jax.jit(both)
    assert (reports[:, 0] != Status.CONVERGED).tolist() == [False, True, False]
    for i in (0, 2):
        (one, report), gradient = alone(rates[i])
        near((values[i], reports[i], gradients[i]), (one, report, gradient), 1e-9)
        x = 1 / (1 - rates[i] * jnp.array([0.5, 1.0]))
        near(gradient, (x**2 * jnp.array([0.5, 1.0])).sum(), 1e-3)


@pytest.mark.parametrize("name", every(["Tsit5", "Dopri8", "Kvaerno5", "Rk4"], 4))
def test_single_precision(name: str) -> None:
    by = replace(ALL[name], rtol=1e-5, atol=1e-5) if name != "Rk4" else ALL[name]
    start, times, args = jax.tree.map(lambda x: x.astype(jnp.float32), inputs(FORCED))
    run = jax.value_and_grad(lambda a: integrate(FORCED.field, start, times, a, by, Discrete())[0][0].sum())
    value, gradient = jax.jit(run)(args)
    want = jax.jit(jax.value_and_grad(lambda a: FORCED.solution(start, times, a)[0].sum()))(args)
    assert value.dtype == jnp.float32 and gradient[0].dtype == jnp.float32
    near((value, gradient), want, 2e-4)


def _lotka_volterra(t: Any, z: Any, a: Any) -> Any:
    u, v = z
    return (a[0] - a[1] * v) * u, (-a[2] + a[3] * u) * v


@pytest.mark.parametrize("name", every(["Tsit5", "Dopri5", "Dopri8", "Kvaerno5", "Rk4"], 5))
def test_lotka_volterra(name: str) -> None:
    """Against SciPy's DOP853 at 1e-12; the gradient against differences of it."""
    by = replace(ALL[name], dt=0.01) if name == "Rk4" else replace(ALL[name], rtol=1e-8, atol=1e-8)
    times, a = np.arange(21.0), np.array([0.55, 0.028, 0.80, 0.024])
    weights = np.random.default_rng(3).normal(size=(2, 21))

    def exact(a: np.ndarray) -> np.ndarray:
        def field(t: float, z: np.ndarray) -> Any:
            return _lotka_volterra(t, z, a)

        return solve_ivp(field, (0, 20), [33.0, 5.9], "DOP853", times, rtol=1e-12, atol=1e-12).y

    def got(a: Any) -> Any:
        states, report = integrate(
            _lotka_volterra, (jnp.asarray(33.0), jnp.asarray(5.9)), jnp.asarray(times), a, by, Discrete(), moving=False
        )
        return (jnp.stack(states) * weights).sum(), (jnp.stack(states), report)

    (_, (states, report)), gradient = jax.jit(jax.value_and_grad(got, has_aux=True))(jnp.asarray(a))
    assert report[0] == Status.CONVERGED
    np.testing.assert_allclose(states, exact(a), rtol=2e-5)
    for i in range(4):
        h = np.zeros(4)
        h[i] = 1e-5 * a[i]
        slope = ((exact(a + h) - exact(a - h)) * weights).sum() / (2 * h[i])
        np.testing.assert_allclose(gradient[i], slope, rtol=2e-4)


def _robertson(t: Any, z: Any, a: Any) -> Any:
    x, y, w = z
    return -a[0] * x + a[1] * y * w, a[0] * x - a[1] * y * w - a[2] * y**2, a[2] * y**2


def _van_der_pol(t: Any, z: Any, a: Any) -> Any:
    return z[1], a[0] * (1 - z[0] ** 2) * z[1] - z[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", IMPLICIT)
@pytest.mark.parametrize(
    ("field", "start", "times", "args"),
    [
        (_robertson, (1.0, 0.0, 0.0), (0.0, 0.4, 40.0, 4000.0), (0.04, 1e4, 3e7)),
        (_van_der_pol, (2.0, 0.0), (0.0, 100.0, 500.0), (1000.0,)),
    ],
    ids=["robertson", "van_der_pol"],
)
def test_stiff(name: str, field: Any, start: Any, times: Any, args: Any) -> None:
    """Against SciPy's Radau at 1e-11; the explicit `tsit5` uses up its steps."""
    want = solve_ivp(field, (times[0], times[-1]), start, "Radau", times, rtol=1e-11, atol=1e-13, args=(args,)).y
    by = replace(ALL[name], rtol=1e-6, atol=1e-10)
    x = (tuple(map(jnp.asarray, start)), jnp.asarray(times), jnp.asarray(args))
    states, report = jax.jit(lambda s, t, a: integrate(field, s, t, a, by, Stop()))(*x)
    assert report[0] == Status.CONVERGED
    np.testing.assert_allclose(jnp.stack(states), want, rtol=1e-3)
    explicit = replace(ALL["Tsit5"], rtol=1e-6, atol=1e-10)
    _, report = jax.jit(lambda s, t, a: integrate(field, s, t, a, explicit, Stop()))(*x)
    assert report[0] == Status.STEPS


@pytest.mark.slow
def test_stiff_derivative() -> None:
    """Robertson's reaction, in its three rates, against differences of SciPy's Radau."""
    times, args = (0.0, 0.4, 40.0), np.array([0.04, 1e4, 3e7])
    by = replace(ALL["Kvaerno5"], rtol=1e-8, atol=1e-12)

    def exact(a: Any) -> Any:
        start = (1.0, 0.0, 0.0)
        return solve_ivp(_robertson, (0, 40), start, "Radau", times, rtol=1e-12, atol=1e-15, args=(a,)).y[0, -1]

    def got(a: Any) -> Any:
        start = (jnp.asarray(1.0), jnp.asarray(0.0), jnp.asarray(0.0))
        return integrate(_robertson, start, jnp.asarray(times), a, by, Discrete(), moving=False)[0][0][-1]

    gradient = jax.jit(jax.grad(got))(jnp.asarray(args))
    for i in range(3):
        h = np.zeros(3)
        h[i] = 1e-4 * args[i]
        slope = (exact(args + h) - exact(args - h)) / (2 * h[i])
        np.testing.assert_allclose(gradient[i], slope, rtol=1e-3)


@pytest.mark.parametrize("name", every(ALL, 6))
def test_used_up_steps(name: str) -> None:
    """What was not reached is NaN, and the report says so."""
    by = replace(tight(ALL[name]), steps=4)
    field, *x = _prefix(FORCED)
    states, report = jax.jit(lambda *x: integrate(field, *x, by, Stop()))(*x)
    assert report[0] == Status.STEPS and report[2] == 4
    assert np.isfinite(states[0][0]) and np.all(np.isnan(states[0][1:]))
    assert "steps" in sentence(Status.STEPS)


def _prefix(m: Motion) -> tuple[Any, Any, Any, Any]:
    return (m.field, *inputs(m))


@pytest.mark.parametrize("name", every(ADAPTIVE, 3))
def test_blow_up(name: str) -> None:
    """x' = x^2 from 1 is 1 / (1 - t)."""
    times = jnp.array([0.0, 0.5, 2.0])
    run = jax.jit(lambda start, times: integrate(lambda t, z, a: (z[0] ** 2,), start, times, (), ALL[name], Stop()))
    states, report = run((jnp.ones(()),), times)
    assert report[0] in (Status.STALLED, Status.NOT_FINITE)
    near(states[0][:2], jnp.array([1.0, 2.0]), 1e-4)
    assert np.isnan(states[0][2])


def test_fields_that_are_not_finite_and_times_that_do_not_increase() -> None:
    for by in (ALL["Tsit5"], ALL["Kvaerno5"], ALL["Rk4"]):
        status = jax.jit(lambda s, ts, by=by: integrate(lambda t, z, a: (jnp.log(z[0]),), (s,), ts, (), by, Stop())[1][0])
        assert status(-1.0, jnp.array([0.0, 1.0, 2.0])) == Status.NOT_FINITE
        assert status(2.0, jnp.array([0.0, 1.0, 0.5])) == Status.INFEASIBLE


def test_one_time_and_whole_numbers_in_args() -> None:
    """No step is taken; integers among the arguments have no derivative and do no harm."""
    def field(t: Any, z: Any, a: Any) -> Any:
        return (a["rate"][a["which"]] * z[0],)

    def last(rate: Any, times: Any) -> Any:
        args = {"rate": rate, "which": jnp.asarray(1)}
        return integrate(field, (jnp.asarray(2.0),), times, args, ALL["Tsit5"], Discrete())[0][0][-1]

    near(jax.jit(jax.grad(last))(jnp.array([3.0, 0.5]), jnp.array([0.0, 1.0])), jnp.array([0.0, 2 * np.exp(0.5)]), 1e-4)
    for rule in ("Discrete", "Forward", "Backsolve"):
        run = jax.jit(lambda s, t, a, at=RULES[rule]: integrate(FORCED.field, s, t, a, ALL["Rk4"], at))
        states, report = run((jnp.asarray(2.0),), jnp.array([1.0]), (1.0, 1.0))
        assert states[0].tolist() == [2.0] and report[0] == Status.CONVERGED


def test_reversible_needs_a_step_back() -> None:
    with pytest.raises(TypeError, match="reversible_heun"):
        jax.grad(lambda a: integrate(*_prefix(FORCED)[:3], a, ALL["Rk4"], Reversible())[0][0].sum())(inputs(FORCED)[2])


def test_linear_map() -> None:
    """Forward, transposed, in a batch, and differentiated in what it depends on."""
    m = jnp.arange(6.0).reshape(2, 3)

    def product(m: Any, x: Any) -> Any:
        return linear_map(lambda x: m @ x, lambda y: m.T @ y, x)

    x, y = jnp.array([1.0, -2.0, 0.5]), jnp.array([0.3, 4.0])
    near(product(m, x), m @ x, 1e-15)
    near(jax.vjp(lambda x: product(m, x), x)[1](y)[0], m.T @ y, 1e-15)
    near(jax.vmap(product, (None, 0))(m, jnp.stack([x, 2 * x])), jnp.stack([m @ x, 2 * (m @ x)]), 1e-15)
    near(jax.jvp(lambda m: product(m, x), (m,), (jnp.ones_like(m),))[1], jnp.ones_like(m) @ x, 1e-15)


def test_diffrax_is_imported_by_those_who_need_it() -> None:
    """Neither the room nor an integrator with given steps imports Diffrax."""
    code = "import sys, pushforward.runtime.integrators.integrate, pushforward.runtime.integrators.tsit5; print('diffrax' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
