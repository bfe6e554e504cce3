"""Objectives of single examples, summed over all of them or over a minibatch: values and derivatives against enumeration,
with the false-alarm rate of `test_estimators`.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import special, stats

from tests.contracts.estimates import Case, program
from tests.contracts.test_estimators import Z, codes, objective, standard_errors

Y = np.array([1.0, -0.5, 2.0, 0.3])
PROGRAMS = """
model coin(b: real) {
  z ~ bernoulli(0.4)
  y ~ normal(b + 2 * z, 1)
}
model look(y: real, a: real) {
  z ~ bernoulli_logit(a + y) @ score
}
model pair(b: real) {
  z: int<lower=0, upper=1>[2]
  z[0] ~ bernoulli_logit(0.3)
  z[1] ~ bernoulli_logit(b)
  y ~ normal(z[0] - 0.5 * z[1], 1)
}
model look_twice(y: real, a: real) {
  z: int<lower=0, upper=1>[2]
  z[0] ~ bernoulli_logit(a) @ score
  z[1] ~ bernoulli_logit(a * y + z[0]) @ score
}
objective weighted(p: model, q: model, K: int) {
  for k in 0..K { z[k] ~ q }
  return logmeanexp([logp(p, z[k]) - logp(q, z[k]) for k in 0..K])
}
"""


def _bound(log_p: np.ndarray, log_q: np.ndarray) -> float:
    """The importance-weighted bound with two draws, over a support of any size."""
    total = 0.0
    for i, j in product(range(len(log_q)), repeat=2):
        weight = np.exp(log_q[i] + log_q[j])
        total += weight * np.log((np.exp(log_p[i] - log_q[i]) + np.exp(log_p[j] - log_q[j])) / 2)
    return float(total)


def _one(y: float, p: np.ndarray) -> float:
    z = np.arange(2)
    log_p = stats.bernoulli(0.4).logpmf(z) + stats.norm(p[1] + 2 * z, 1).logpdf(y)
    return _bound(log_p, stats.bernoulli(special.expit(p[0] + y)).logpmf(z))


def _elbo(y: float, p: np.ndarray) -> float:
    z = np.arange(2)
    log_p = stats.bernoulli(0.4).logpmf(z) + stats.norm(p[1] + 2 * z, 1).logpdf(y)
    log_q = stats.bernoulli(special.expit(p[0] + y)).logpmf(z)
    return float(np.exp(log_q) @ (log_p - log_q))


def _two(y: float, p: np.ndarray) -> float:
    first, second = np.divmod(np.arange(4), 2)
    prior = stats.bernoulli(special.expit(0.3)).logpmf(first) + stats.bernoulli(special.expit(p[1])).logpmf(second)
    log_q = stats.bernoulli(special.expit(p[0])).logpmf(first)
    log_q = log_q + stats.bernoulli(special.expit(p[0] * y + first)).logpmf(second)
    return _bound(prior + stats.norm(first - 0.5 * second, 1).logpdf(y), log_q)


CALL = "weighted(coin(b) | {y = y[n]}, look(y[n], a), 2)"
CASES = {
    "all": Case(
        PROGRAMS + program(f"  return sum({CALL} for n in 0..N)", "y: vector[N]"),
        lambda p: sum(_one(y, p) for y in Y), {"y": Y},
    ),
    "batch": Case(
        PROGRAMS + program(f"  return sum({CALL} for n in batch(N, 3))", "y: vector[N]"),
        lambda p: sum(_one(y, p) for y in Y), {"y": Y},
    ),
    "mean": Case(
        PROGRAMS + program(f"  return a - 2 * mean({CALL} for n in batch(N, 3))", "y: vector[N]"),
        lambda p: p[0] - 2 * sum(_one(y, p) for y in Y) / len(Y), {"y": Y},
    ),
    "elements": Case(
        PROGRAMS
        + program("  return sum(weighted(pair(b) | {y = y[n]}, look_twice(y[n], a), 2) for n in 0..N)", "y: vector[N]"),
        lambda p: sum(_two(y, p) for y in Y), {"y": Y},
    ),
    "enumerated": Case(
        PROGRAMS.replace("@ score", "@ enum")
        + program("  return a - cos(b) * sum(elbo(coin(b) | {y = y[n]}, look(y[n], a)) for n in batch(N, 3)) / 2", "y: vector[N]"),
        lambda p: p[0] - np.cos(p[1]) * sum(_elbo(y, p) for y in Y) / 2, {"y": Y},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in ("batch", "enumerated") else pytest.mark.slow) for n in CASES])
def test_a_sum_of_objectives_is_an_objective(name: str) -> None:
    assert np.abs(standard_errors(CASES[name], name)).max() < Z


def test_a_batch_that_is_not_scaled_is_rejected() -> None:
    case = CASES["batch"]
    wrong = Case(case.text.replace("return sum(", "return 3 * mean("), case.exact, case.data)
    assert np.abs(standard_errors(wrong, "batch", resolved=False)).max() > Z


def test_an_enumerated_choice_of_a_term_is_summed_by_itself() -> None:
    """N supports of two, not two to the N; and nothing but the batch is drawn."""
    bound = objective(CASES["enumerated"])
    text = bound.emitted.text.partition("def estimate(")[2].partition("def ")[0]
    assert text.count("draw(") + text.count("split(") + text.count("random.") == 1, text


def test_what_is_not_linear_in_the_terms_is_refused() -> None:
    text = PROGRAMS + program(f"  return exp(sum({CALL} for n in 0..N))", "y: vector[N]")
    assert codes(Case(text, lambda p: 0.0, {"y": Y})) == {"PF505"}
