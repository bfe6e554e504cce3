"""Baselines that estimates learn from one another: averages of costs, and expressions with parameters.

The estimate at a state is unbiased at every step, because the state was made from other draws. As in `test_estimators` the
means of N draws, each at the end of a history of its own, are compared with exact values: `Z` standard errors are exceeded by
chance once in 7e6 comparisons, and the file makes fewer than 100, so that it raises a false alarm with probability below
2e-5. A state that has seen the draw it is used for, and a baseline that depends on its draw, are the controls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zlib import crc32

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pushforward as pf
from pushforward.compiler.core import ir
from pushforward.compiler.transforms import choices
from pushforward.dsl.diagnostic import ProgramError
from tests.contracts.estimates import COMPOSITIONS, Case
from tests.contracts.expectations import LAWS, gradient
from tests.contracts.test_estimators import EXACT, ONE_LAW, SEEN, N, Z, objective

STEPS = 4  # estimates in the history of a draw
#: How a baseline is written, and the parameter of its own.
BASELINES: Mapping[str, tuple[str, str]] = {
    "average": ("ema", ""),
    "fast_average": ("ema(0.3)", ""),
    "number": ("c", "param c: real = 0.4"),
    "network": ("c([0.5, -1.0])", "param c: mlp(in=2, out=1, hidden=[3], activation=tanh)"),
}
FAST = {("average", "loop"), ("number", "one_branch"), ("network", "recursion")}
SCORED = sorted(COMPOSITIONS.keys() - {"of_numbers"})


def written(case: Case, baseline: str) -> Case:
    """The program with this baseline in the place of a number."""
    text, declared = BASELINES[baseline]
    own = f"param b: real = -0.2\n  {declared}" if declared else "param b: real = -0.2"
    assert "baseline=0.5" in case.text and "param b: real = -0.2" in case.text
    first, model_r, rest = case.text.partition("model r()")  # a proposal of its own, without parameters
    first = first.replace("baseline=0.5", f"baseline={text}").replace("param b: real = -0.2", own)
    return replace(case, text=first + model_r + rest)


def case_of(baseline: str, composition: str) -> Case:
    return written(COMPOSITIONS[composition](LAWS[ONE_LAW.get(composition, "normal")], "score"), baseline)


def draws(case: Case, key: str, *, peeks: bool = False) -> tuple[np.ndarray, list[np.ndarray]]:
    """[3, N]: values, and derivatives in a and b, each after a history of its own; and the other derivatives. With `peeks` the
    state has seen the draw that it is used for."""
    with jax.enable_x64(True), jax.numpy_rank_promotion("raise"):
        bound = objective(case)
        module, sizes, data, params = bound.module, bound.sizes, bound.prepared, bound.initial()

        def one(key: Any) -> Any:
            *before, last = jax.random.split(key, STEPS + 1)
            keys = jnp.stack([*before[1:], last]) if peeks else jnp.stack(before)
            start = module.initial_state(sizes)
            state, _ = jax.lax.scan(lambda s, k: (module.train(sizes, data, params, s, k)[2], None), start, keys)
            return jax.value_and_grad(lambda p: module.train(sizes, data, p, state, last)[0])(params)

        keys = jax.random.split(jax.random.key(crc32(key.encode())), N)
        options: dict[str, Any] = {"xla_backend_optimization_level": 0}
        value, slope = jax.jit(jax.vmap(one)).lower(keys).compile(options)(keys)
        found = np.stack([value, slope.pop("a"), slope.pop("b")])
        others = jax.tree.map(np.asarray, jax.tree.leaves(slope))
    return found, others


def standard_errors(case: Case, found: np.ndarray) -> np.ndarray:
    exact = np.array([case.exact(case.at), *gradient(case.exact, case.at)])
    error = found.std(axis=1) / np.sqrt(N)
    assert (SEEN * error < 0.25 * (1 + np.abs(exact).max())).all(), "the test would not see an error of a quarter"
    return np.asarray((found.mean(axis=1) - exact) / (error + EXACT * (1 + np.abs(exact)) / Z))


@pytest.mark.parametrize(
    ("baseline", "composition"),
    [
        pytest.param(b, c, id=f"{b}-{c}", marks=() if (b, c) in FAST else pytest.mark.slow)
        for b in BASELINES
        for c in SCORED
        if b != "fast_average" or c in ("alone", "recursion")
    ],
)
def test_the_mean_is_the_exact_value_and_gradient(baseline: str, composition: str) -> None:
    case = case_of(baseline, composition)
    found, others = draws(case, f"{baseline}-{composition}")
    assert np.abs(standard_errors(case, found)).max() < Z
    # The objective does not depend on the parameters of a baseline.
    assert all(np.abs(x).max() == 0 for x in others)


def test_a_state_that_has_seen_the_draw_is_rejected() -> None:
    case = case_of("fast_average", "alone")
    assert np.abs(standard_errors(case, draws(case, "peeks", peeks=True)[0])).max() > Z


def test_a_baseline_that_depends_on_the_draw_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    store = choices._Writer.store

    def wrong(self: Any, site: ir.Site, choice: ir.Choice, place: Any, drawn: Any) -> None:
        store(self, replace(site, baseline=drawn.value), choice, place, drawn)

    monkeypatch.setattr(choices._Writer, "store", wrong)
    case = case_of("number", "alone")
    assert np.abs(standard_errors(case, draws(case, "depends")[0])).max() > Z


UNDER = """
objective o() {
  param a: real = 0.3
  param b: real = -0.2
  param c: vector[2] = [0.5, -0.4]
  k ~ bernoulli(inv_logit(b)) @ enum
  x ~ normal(a + k, 1) @ score(baseline=BASE)
  return x^2 * (1 + k) + 1.0 * (x > 0.5)
}
"""


@pytest.mark.parametrize("base", ["c[k]", "c[0] * (1 + k)", "ema"])
def test_a_baseline_under_an_enumeration(base: str) -> None:
    """What it is made of is enumerated too: it has the weights of the points at which it stands."""
    from scipy import special, stats

    def exact(p: np.ndarray) -> float:
        r = special.expit(p[1])
        cost = [(1 + (p[0] + k) ** 2) * (1 + k) + stats.norm(p[0] + k).sf(0.5) for k in (0, 1)]
        return float((1 - r) * cost[0] + r * cost[1])

    case = Case(UNDER.replace("BASE", base), exact)
    assert np.abs(standard_errors(case, draws(case, base)[0])).max() < Z


LOOP = """
objective o(u: vector[N]) {
  param a: real = 0.3
  param c: vector[N] = 0
  for i in 0..N {
    x[i] ~ normal(u[i] * a, 1) @ score(baseline=c[i])
  }
  return sum((x[i] - 3 * u[i])^2 * u[i] for i in 0..N) + sum(x)
}
"""


def test_the_loss_is_the_squared_error_of_each_cost() -> None:
    """Its derivative in c[i] is 2 (c[i] - costs that the score of x[i] multiplies), and in everything else 0."""
    with jax.enable_x64(True):
        u = jnp.array([1.0, -1.0, 2.0])
        bound = pf.loads(LOOP).o(u=u)
        params = {"a": jnp.array(0.7), "c": jnp.array([0.2, -0.5, 1.5])}
        key = jax.random.key(5)
        value, loss, _ = bound.module.train(bound.sizes, bound.prepared, params, {}, key)
        slope = jax.grad(lambda p: bound.module.train(bound.sizes, bound.prepared, p, {}, key)[1])(params)
        # The costs from the score itself: d value / d a = sum_i (cost_i - c_i) d log q(x_i) / da, for three values of u.
        cost = params["c"] - slope["c"] / 2

        def mean(c: Any) -> Any:
            return jax.grad(lambda a: bound.estimate({"a": a, "c": c}, key))(params["a"])

        scores = (mean(jnp.zeros(3)) - jnp.stack([mean(e) for e in jnp.eye(3)]))
        plain, loss, value = (np.asarray(x) for x in (mean(jnp.zeros(3)), loss, value))
        cost, scores, c, slope_a = (np.asarray(x) for x in (cost, scores, params["c"], slope["a"]))
    assert slope_a == 0
    np.testing.assert_allclose(plain, np.dot(cost, scores), rtol=1e-9)
    np.testing.assert_allclose(loss, np.sum(c**2 - 2 * c * cost), rtol=1e-9)
    assert np.isfinite(value)


def test_a_fit_finds_the_mean_costs() -> None:
    """Near a = 3 the mean cost of x[i] is u_i + 3 mean(u) - 3; with Adam the baselines come near it."""
    u = np.array([1.0, 0.5, 2.0])
    module = pf.loads(LOOP.replace("+ sum(x)", "+ mean(x - a)"))
    fit = module.o(u=jnp.asarray(u)).minimize("adam", 0.05, steps=6000, schedule="cosine", estimates=400)
    assert abs(fit.params["a"] - 3) < 0.1
    np.testing.assert_allclose(fit.params["c"], u + 3 * u.mean() - 3, atol=0.2)


@pytest.mark.parametrize(("baseline", "ratio"), [("ema", 0.6), ("c", 0.6), ("0", 1.0)])
def test_less_noise(baseline: str, ratio: float) -> None:
    """A cost with a large mean: its score has the variance of the cost about the baseline, not about 0. The noise that a fit
    reports is that of the baseline which it has learned."""
    text = (
        "objective o() {\n  param a: real = 1\n  param c: real = 0\n"
        f"  x ~ normal(a, 1) @ score(baseline={baseline})\n  return x^2 + 5\n}}\n"
    )
    fit = pf.loads(text).o().minimize("adam", 0.03, steps=2000, schedule="cosine", estimates=4000)
    # At a = 0: the variance of (x^2 + 5 - b) x is 33 + ... = E x^2 (x^2 + 5 - b)^2; 15 + 30 + 25 + ... without, b = 6 at best.
    none = np.sqrt(15 + 10 * 3 + 25)
    assert fit.result.gradient_noise["a"].sd < 1.15 * ratio * none
    assert fit.result.gradient_noise["a"].sd > 0.3 * none
    assert abs(fit.params["a"]) < 0.2


@pytest.mark.parametrize("samples", [1, 3])
def test_a_fit_hands_the_state_on(samples: int) -> None:
    """As many estimates as steps are in the average, however many make a step."""
    from pushforward.runtime.optimise.descent import block, learning, start
    from pushforward.runtime.optimise.fit import bound as as_pytree
    from pushforward.runtime.optimise.optimiser import optimiser

    bound = pf.loads("objective o() {\n  param a: real = 1\n  x ~ normal(a, 1) @ score(baseline=ema(0.99))\n  return x + 7\n}\n").o()
    run = as_pytree(lambda params, state, key: bound.module.train({}, bound.prepared, params, state, key))
    spec = optimiser("sgd", 1e-6, steps=50, samples=samples)
    begun = start(spec, bound.initial(), bound.module.initial_state({}))
    done = jax.jit(block(spec, "minimize", 1, True))(run, begun, jax.random.key(0), np.int32(50))
    average, count = done.state.learned["x"]
    assert count == 50
    np.testing.assert_allclose(average, np.mean(np.asarray(done.values)[:50]) - 7, rtol=1e-4)  # 7 depends on no draw
    assert learning(run, samples, True)(begun.params, begun.learned, jax.random.key(1))[2]["x"][1] == 1


@pytest.mark.parametrize(
    ("baseline", "code"),
    [
        ("emma", "PF201"), ("medain(0.5)", "PF208"), ("ema(2)", "PF501"), ("ema(0.1, 0.2)", "PF501"),
        ("ema(rate=0.5)", "PF501"), ("a", "PF501"), ("sin(a)", "PF501"), ("[a, b]", "PF507"), ("x", "PF201"), ("x + 1", "PF201"),
    ],
)  # fmt: skip
def test_a_baseline_that_cannot_be_is_refused(baseline: str, code: str) -> None:
    case = COMPOSITIONS["alone"](LAWS["normal"], "score")
    with pytest.raises(ProgramError) as refusal:
        _ = objective(replace(case, text=case.text.replace("baseline=0.5", f"baseline={baseline}"))).emitted
    assert {d.code for d in refusal.value.diagnostics} == {code}


def test_what_is_held_still_may_move_something_else() -> None:
    case = COMPOSITIONS["alone"](LAWS["normal"], "score")
    text = case.text.replace("baseline=0.5", "baseline=stop(a) + c").replace("param b", "param c: real = 0\n  param b")
    assert "train" in objective(replace(case, text=text)).emitted.text
