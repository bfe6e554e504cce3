"""Programs with parameters that are drawn from."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pushforward as pf
from pushforward.api.guide import Guide
from pushforward.api.programs import parameter_names

BATCHES = """
model points(x: vector[N], B: int) {
  param m: real = 0
  for n in batch(N, B) {
    z ~ normal(x[n] + m, 1e-6)
  }
}
"""
GROUPS = """
model groups() {
  mu ~ normal(0, 1)
  theta: vector[3] ~ normal(mu, 1)
  y ~ normal(theta, 1)
}
"""


def test_a_guide_with_batches_draws_for_everything() -> None:
    """One draw for each n, in their order, whatever the size of a batch is in training."""
    x = np.arange(5.0)
    guide = Guide(pf.loads(BATCHES).points(x=x, B=2), {"points.m": np.array(10.0)})
    np.testing.assert_allclose(guide.sample(3).posterior["z"][0], np.tile(x + 10, (3, 1)), atol=1e-4)


NESTED = """
model one(x: real, K: int) {
  param m: real = 0
  z ~ normal(x + m, 1e-6)
  w: vector[K]
  for k in 0..K { w[k] ~ normal(z + k, 1e-6) }
}
model each(x: vector[N], K: int) {
  first ~ one(x[0], K)
  for n in 0..N { rest[n] ~ one(x[n], K) }
}
"""


def test_draws_from_the_programs_in_a_program_have_its_name_in_front() -> None:
    """Of draws in a loop all turns are kept."""
    x = np.arange(3.0)
    found = Guide(pf.loads(NESTED).each(x=x, K=2), {"one.m": np.array(10.0)}).sample(1).posterior
    assert sorted(found) == ["first_w", "first_z", "rest_w", "rest_z"]
    np.testing.assert_allclose(found["first_z"][0, 0], 10, atol=1e-4)
    np.testing.assert_allclose(found["rest_z"][0, 0], x + 10, atol=1e-4)
    np.testing.assert_allclose(found["rest_w"][0, 0], x[:, None] + 10 + np.arange(2), atol=1e-4)


def test_the_parameters_of_a_structured_guide_are_known() -> None:
    """They are declared nowhere: they are made from the laws of the model."""
    model = pf.loads(GROUPS).groups().condition(y=np.array([1.0, 2.0, 3.0]))
    guide = pf.library.structured(model)
    assert "groups_guide.theta_mu" in parameter_names(guide)
    fit = pf.library.elbo(model, guide).maximize("adam", 0.1, steps=5)
    assert fit.guide.sample(4).posterior["theta"].shape == (1, 4, 3)


ENDS = """
model m() {
  a ~ bernoulli(0.3)
  y ~ normal(a, 1)
}
model g() {
  param p: TYPE = 0.3
  a ~ bernoulli(p) @ enum
}
objective bound(p: model, q: model) {
  z ~ q
  return logp(p, z) - logp(q, z)
}
"""


@pytest.mark.parametrize("type_", ["unit", "real<lower=0.001, upper=0.999>"])
def test_an_enumerated_choice_may_have_a_probability_of_one(type_: str) -> None:
    """In float32 a `unit` this far out is 1: the other value is impossible and counts for nothing."""
    module = pf.loads(ENDS.replace("TYPE", type_))
    bound = module.bound(module.m().condition(y=1.0), module.g())
    with jax.enable_x64(False):
        value, slope = jax.value_and_grad(bound.estimate)({"p": jnp.float32(60.0)}, jax.random.key(0))
    expected = np.log(0.3) - 0.5 * np.log(2 * np.pi) if type_ == "unit" else value
    np.testing.assert_allclose(value, expected, rtol=1e-6)
    assert bool(jnp.isfinite(value)) and abs(slope["p"]) < 1e-20
    assert repr(module.bound) == "bound(p, q)"
