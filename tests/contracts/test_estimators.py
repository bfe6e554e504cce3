"""That estimators tell the truth: every strategy on laws in compositions, the mean of many draws against the exact value.

A test draws N values and gradients with a fixed key, and compares their means with the exact ones by z-tests. `Z` standard errors
are exceeded by chance once in 7e6 two-sided comparisons; the file makes fewer than 700, so that it raises a false alarm with
probability below 1e-4. An error of `SEEN` standard errors would be seen nearly always (all but 1e-3); each test asserts that this
is less than a quarter of the scale of what it compares (one plus the largest number). What has no noise is compared to seven digits.

For each strategy there is at least one with an error in it (`wrong_estimators`), which the same comparison must reject.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from typing import Any
from zlib import crc32

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pushforward as pf
from pushforward.compiler.transforms import choices, choose
from pushforward.compiler.transforms.strategies import strategies
from pushforward.dsl.diagnostic import ProgramError
from tests.contracts.estimates import COMPOSITIONS, WRITTEN, Case
from tests.contracts.expectations import LAWS, gradient
from tests.contracts.mixed_estimates import MIXED
from tests.contracts.wrong_estimators import WRONG, with_wrong

N = 40_000
Z = 5.25
SEEN = Z + 3.1
EXACT = 1e-7

#: What a strategy refuses, by the code of the refusal: of a law, or of a composition.
DISCRETE = frozenset(n for n, law in LAWS.items() if law.discrete)
FINITE = frozenset(n for n, law in LAWS.items() if law.finite)
NO_WEAK = frozenset(("gamma", "beta", "von_mises", "categorical"))
LAWS_OF: Mapping[str, Set[str]] = {
    "enum": FINITE,
    "forward": LAWS.keys() - DISCRETE,
    "loo": LAWS.keys() - {"uniform"},
    "mvd": LAWS.keys() - NO_WEAK,
    "qmc": {"normal", "exponential", "laplace", "lognormal", "weibull", "uniform"},
    "quadrature": {"normal", "uniform"},
    "reparam": LAWS.keys() - DISCRETE,
    "score": LAWS.keys() - {"uniform"},
    "stop": frozenset(LAWS),
}
POINTS = frozenset(n for n, s in strategies().items() if s.kind == "points")
SHARED = frozenset(("crossing", "neighbours", "importance", "inside_marginal"))  # a cost needs several elements at once
ONE_LAW = {"inside_marginal": "bernoulli", "truncated": "normal", "recursion": "normal"}


def cells() -> Iterator[tuple[str, str, str]]:
    """Strategy, composition and law: all laws alone and nested, and otherwise one continuous and one discrete."""
    for strategy in LAWS_OF:
        for composition in COMPOSITIONS:
            for law in sorted(LAWS_OF[strategy]):
                if composition in ONE_LAW and ONE_LAW[composition] != law:
                    continue
                if composition in ("alone", "nested") or law in ("normal", "bernoulli"):
                    yield strategy, composition, law


def refused(strategy: str, composition: str) -> str | None:
    """The code with which a composition is refused."""
    if strategy in POINTS and composition in SHARED:
        return "PF506"
    if strategy in POINTS and composition == "recursion":
        return "PF506"
    if strategy == "stop" and composition != "of_numbers":
        return "PF503"
    return "PF501" if strategy in ("mvd", "qmc", "quadrature") and composition == "truncated" else None


FAST = {
    ("enum", "loop", "bernoulli"), ("enum", "one_branch", "bernoulli"), ("forward", "alone", "normal"), ("loo", "alone", "bernoulli"),
    ("mvd", "alone", "normal"), ("qmc", "alone", "normal"), ("quadrature", "loop", "normal"), ("reparam", "recursion", "normal"), ("reparam", "truncated", "normal"), ("score", "branches", "normal"),
    ("score", "neighbours", "bernoulli"), ("score", "inside_marginal", "bernoulli"), ("stop", "of_numbers", "normal"),
}  # fmt: skip
FAST_MIXED = {"score_under_enum", "through_a_container_score", "regression"}
FAST_WRONG = {"values_for_tangents", "softmax_of_probs", "sampled", "no_score"}
MATRIX = [
    pytest.param(*cell, id="-".join(cell), marks=() if cell in FAST else pytest.mark.slow)
    for cell in cells()
    if refused(*cell[:2]) is None
]


def objective(case: Case) -> Any:
    """The objective of a case with its arguments."""
    module = pf.loads(case.text)

    def argument(name: str, value: Any) -> Any:
        if not isinstance(value, tuple):
            return jnp.asarray(value)
        given = dict(value)
        bound = getattr(module, name)(**{k: v for k, v in given.items() if k != "y"})
        return bound.condition(y=given["y"]) if "y" in given else bound

    return module.o(**{n: argument(n, v) for n, v in case.data.items()})


def draws(case: Case, key: str) -> np.ndarray:
    """[3, N]: values, and derivatives in a and b."""
    with jax.enable_x64(True), jax.numpy_rank_promotion("raise"):
        return _draws(case, key)


def _draws(case: Case, key: str) -> np.ndarray:
    bound = objective(case)
    _ = bound.prepared, bound.emitted
    params = bound.initial()

    def one(key: Any) -> Any:
        return jax.value_and_grad(bound.estimate)(params, key)

    keys = jax.random.split(jax.random.key(crc32(key.encode())), N)
    options: dict[str, Any] = {"xla_backend_optimization_level": 0}  # compiling takes longer than running
    compiled = jax.jit(jax.vmap(one)).lower(keys).compile(options)
    value, slope = compiled(keys)
    return np.stack([value, slope["a"], slope["b"]])


def standard_errors(case: Case, key: str, *, resolved: bool = True) -> np.ndarray:
    """By how many standard errors each mean is off; `resolved` asserts that a small error would be seen."""
    found = draws(case, key)
    exact = np.array([case.exact(case.at), *gradient(case.exact, case.at)])
    error = found.std(axis=1) / np.sqrt(N)
    if resolved:
        assert (SEEN * error < 0.25 * (1 + np.abs(exact).max())).all(), "the test would not see an error of a quarter"
    return np.asarray((found.mean(axis=1) - exact) / (error + EXACT * (1 + np.abs(exact)) / Z))


@pytest.mark.parametrize(("strategy", "composition", "law"), MATRIX)
def test_the_mean_is_the_exact_value_and_gradient(strategy: str, composition: str, law: str) -> None:
    case = COMPOSITIONS[composition](LAWS[law], strategy)
    assert np.abs(standard_errors(case, f"{strategy}-{composition}-{law}")).max() < Z


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in FAST_MIXED else pytest.mark.slow) for n in MIXED])
def test_strategies_that_meet_in_one_program(name: str) -> None:
    assert np.abs(standard_errors(MIXED[name], name)).max() < Z


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param(n, e, id=f"{n}-{e}", marks=() if e in FAST_WRONG else pytest.mark.slow)
        for n, errors in WRONG.items()
        for e in errors
    ],
)
def test_a_wrong_estimator_is_rejected(name: str, error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = with_wrong(name, error)
    monkeypatch.setattr(choices, "strategies", lambda: wrong)
    monkeypatch.setattr(choose, "strategies", lambda: wrong)
    law = "bernoulli" if name == "enum" else "normal"
    case = COMPOSITIONS["alone"](LAWS[law], name)
    assert np.abs(standard_errors(case, f"{name}-{error}", resolved=False)).max() > Z


@pytest.mark.parametrize("composition", ["loop", "one_branch", "twice"])
def test_an_enumeration_draws_nothing(composition: str) -> None:
    """Not even in a batch: it is exact, and its text has no random number in it."""
    bound = objective(COMPOSITIONS[composition](LAWS["bernoulli"], "enum"))
    body = bound.emitted.text.partition("def estimate(")[2].partition("def ")[0]
    assert "draw(" not in body and "split(" not in body


@pytest.mark.parametrize("strategy", sorted(strategies()))
def test_every_strategy_is_in_the_matrix(strategy: str) -> None:
    if strategies()[strategy].biased:
        return  # a biased strategy promises something else: see test_biased_estimators
    assert strategy in WRITTEN and LAWS_OF[strategy]
    assert WRONG.get(strategy) or strategies()[strategy].kind == "constant"
    assert any(cell[0] == strategy for cell in FAST)


@pytest.mark.parametrize(
    ("strategy", "composition"),
    [(s, c) for s in LAWS_OF for c in COMPOSITIONS if refused(s, c) is not None],
)
def test_what_cannot_be_unbiased_is_refused(strategy: str, composition: str) -> None:
    law = ONE_LAW.get(composition) or ("bernoulli" if strategy == "enum" else "normal")
    if law not in LAWS_OF[strategy]:
        law = "bernoulli"
    assert codes(COMPOSITIONS[composition](LAWS[law], strategy)) <= {refused(strategy, composition), "PF501"}


@pytest.mark.parametrize(
    ("strategy", "law"), [(s, n) for s in LAWS_OF for n in LAWS if n not in LAWS_OF[s] and s != "quadrature"]
)
def test_a_law_that_a_strategy_cannot_take_is_refused(strategy: str, law: str) -> None:
    assert codes(COMPOSITIONS["alone"](LAWS[law], strategy)) == {"PF501"}


def test_a_biased_draw_that_is_meant_is_rejected_by_the_comparison() -> None:
    """`unsafe stop` says that the derivative is lost, and it is."""
    case = COMPOSITIONS["alone"](LAWS["normal"], "stop")
    unsafe = replace(case, text=case.text.replace("@ stop", "@ unsafe stop"))
    assert np.abs(standard_errors(unsafe, "unsafe stop", resolved=False)).max() > Z


def codes(case: Case) -> set[str | None]:
    """The codes with which a program is refused; there must be some."""
    with pytest.raises(ProgramError) as refusal:
        _ = objective(case).emitted
    return {d.code for d in refusal.value.diagnostics}
