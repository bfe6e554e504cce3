"""Enumerated values that cannot happen: a weight of 0 makes a cost of log 0 nothing, and a finite cost keeps its slope.

An enumeration has no noise: values and derivatives are compared with closed forms to seven digits. Two wrong ways to do
it are the control: not to look at weights at all, and to leave out every value with the weight 0.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

import pushforward as pf
from pushforward.compiler.core import ir
from pushforward.compiler.transforms import impossible, weigh

TWO = """
model p() {
  a ~ bernoulli(0.3)
  c ~ bernoulli(if a == 1 then 0.6 else 0)
  y ~ normal(a + c, 1)
}
model q() {
  param t: real = 0.4
  param s: real = -0.3
  a ~ bernoulli(inv_logit(t)) @ enum
  c ~ bernoulli(if a == 1 then inv_logit(s) else 0) @ enum
}
objective o(p: model, q: model) {
  z ~ q
  return logp(p, z) - logp(q, z)
}
"""
#: The parameter is a probability and stands at its end: which costs, their mean, and its derivative in the limit.
AT_THE_END = {
    "finite": ("if a == 1 then 5.0 else 2.0", 2.0, 3.0),
    "logarithm of something else": ("log(1 + a)", 0.0, np.log(2)),
    "both": ("(if a == 1 then 5.0 else 2.0) + log(if a == 1 then p * p + 1 else 2.0)", 2 + np.log(2), 3 - np.log(2)),
}
END = "objective o() {\n  param p: real = 0\n  a ~ LAW @ enum\n  return COST\n}\n"
ENTROPY = """
model q() {
  param p: unit = 0.5
  a ~ LAW @ enum
}
objective o(q: model) {
  z ~ q
  return -logp(q, z)
}
"""


def entropy(type_: str, law: str) -> Any:
    """The entropy of a law as an objective."""
    module = pf.loads(ENTROPY.replace("unit", type_).replace("LAW", law))
    return module.o(module.q())


def estimated(bound: Any, params: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    value, slope = jax.jit(jax.value_and_grad(bound.estimate))(params, jax.random.key(0))
    return float(value), {n: np.asarray(s) for n, s in slope.items()}


def exact_two(t: float, s: float) -> float:
    """The bound of `TWO` at y = 1, summed over the three pairs that can happen."""
    r, u = special.expit(t), special.expit(s)
    pairs = ((0, 0, 1 - r, 0.7), (1, 0, r * (1 - u), 0.3 * 0.4), (1, 1, r * u, 0.3 * 0.6))
    norm = 0.5 * np.log(2 * np.pi)
    return float(sum(w * (np.log(p) - 0.5 * (1 - a - c) ** 2 - norm - np.log(w)) for a, c, w, p in pairs))


def slopes_of_two() -> tuple[float, float]:
    h = 1e-6
    along_t = (exact_two(0.4 + h, -0.3) - exact_two(0.4 - h, -0.3)) / (2 * h)
    return along_t, (exact_two(0.4, -0.3 + h) - exact_two(0.4, -0.3 - h)) / (2 * h)


def error_of_two() -> float:
    """The largest error of value and slopes; infinite where something is not finite."""
    with jax.enable_x64(True):
        module = pf.loads(TWO)
        bound = module.o(module.p().condition(y=1.0), module.q())
        value, slope = estimated(bound, bound.initial())
    errors = np.array([value - exact_two(0.4, -0.3), *(slope[n] - x for n, x in zip("ts", slopes_of_two(), strict=True))])
    return float(np.abs(errors).max()) if np.isfinite(errors).all() else np.inf


def error_at_the_end(name: str, law: str = "bernoulli(p)") -> float:
    cost, mean, derivative = AT_THE_END[name]
    with jax.enable_x64(True):
        value, slope = estimated(pf.loads(END.replace("LAW", law).replace("COST", cost)).o(), {"p": jnp.zeros(())})
    errors = np.array([value - mean, slope["p"] - derivative])
    return float(np.abs(errors).max()) if np.isfinite(errors).all() else np.inf


def test_a_choice_that_another_makes_impossible() -> None:
    assert error_of_two() < 1e-7


@pytest.mark.parametrize("law", ["bernoulli(p)", "categorical([1 - p, p])"])
@pytest.mark.parametrize("name", AT_THE_END)
def test_at_the_end_the_derivative_is_that_of_the_limit(name: str, law: str) -> None:
    """A cost that is finite keeps its part in the derivative: d/dp sum_k w_k f_k = f_1 - f_0, also at p = 0."""
    assert error_at_the_end(name, law) < 1e-7


@pytest.mark.parametrize("law", ["bernoulli(p)", "binomial(3, p)", "categorical([p, 1 - p])"])
@pytest.mark.parametrize("free", [-300.0, -110.0, 20.0, 60.0, 300.0])
def test_a_parameter_that_is_rounded_to_its_end(law: str, free: float) -> None:
    """In float32 the probability is 0 or 1: the entropy is 0, and so is its slope in the free coordinate, in the limit."""
    with jax.enable_x64(False):
        value, slope = estimated(entropy("unit", law), {"p": jnp.float32(free)})
    assert abs(value) < 1e-6 and abs(slope["p"]) < 1e-6


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_a_slope_without_a_limit_leaves_the_others_alone(p: float) -> None:
    """d/dp of the entropy is infinite at p = 0 and at 1. What the impossible value adds is left out, the other one adds
    what it does inside, d/dp -(1 - p) log(1 - p) = 1 at 0; docs/objectives.md says so.
    """
    with jax.enable_x64(True):
        value, slope = estimated(entropy("real", "bernoulli(p)"), {"p": jnp.asarray(p)})
    assert value == 0 and slope["p"] == 1 - 2 * p


def test_an_infinite_cost_of_what_can_happen_is_infinite() -> None:
    """It is not hidden: the model says that the draw of the guide is impossible, and the bound is -inf."""
    text = TWO.replace("if a == 1 then 0.6 else 0)", "0)")
    module = pf.loads(text)
    bound = module.o(module.p().condition(y=1.0), module.q())
    assert float(bound.estimate(bound.initial(), jax.random.key(0))) == -np.inf


def test_a_parameter_inside_needs_no_care() -> None:
    """Where no probability can be 0 the emitted text is what it would be."""
    text = entropy("real<lower=0.01, upper=0.99>", "bernoulli(p)").emitted.text
    assert "if_possible" not in text and "log_or_never" not in text
    assert "if_possible" in entropy("unit", "bernoulli(p)").emitted.text


def _careless(program: ir.Program, known: Any) -> Any:
    return program, lambda atom: False


def test_not_to_look_at_weights_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weigh, "impossible", _careless)
    assert error_of_two() == np.inf


def test_to_leave_out_what_is_impossible_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """0 for every cost of the weight 0 gives the right values, and a wrong derivative at the end."""
    assert error_at_the_end("finite") < 1e-7
    monkeypatch.setattr(weigh, "impossible", lambda program, known: (impossible.impossible(program, known)[0], lambda atom: True))
    monkeypatch.setattr("pushforward.runtime.functions.impossible.if_possible", lambda w, c: jnp.where(w == 0, 0.0, c))
    assert error_at_the_end("finite") > 1
