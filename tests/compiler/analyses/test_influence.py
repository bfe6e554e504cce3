"""Which choices a value depends on, and on which of their elements."""

from __future__ import annotations

import numpy as np
import pytest

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64

PROGRAMS = """
model seen() {
  for n in 0..3 {
    b ~ bernoulli(0.5)
    v: vector[2] ~ normal(b, 1)
    y[n] ~ normal(sum(v), 1)
  }
}
model guess() {
  param a: vector[3] = [0.5, -1, 2]
  for n in 0..3 {
    b ~ bernoulli_logit(a[n]) @ enum
    v: vector[2] ~ normal(b, 0.1)
  }
}
"""
Y = np.array([1.0, -0.5, 2.0])
DRAWS = 4000


def exact(wrong: float = 0.0) -> float:
    """The bound: a sum over b of means of quadratics in v. `wrong` is added to the means of v under q."""
    total = 0.0
    for y, a in zip(Y, [0.5, -1.0, 2.0], strict=True):
        for b in (0.0, 1.0):
            q = 1 / (1 + np.exp(-a if b else a))
            log_v = 2 * (-0.5 * (0.01 + wrong**2) + 0.5 + np.log(0.1))
            log_y = -0.5 * ((y - 2 * (b + wrong)) ** 2 + 0.02) - 0.5 * np.log(2 * np.pi)
            total += q * (np.log(0.5) - np.log(q) + log_v + log_y)
    return total


@pytest.mark.parametrize(("wrong", "agrees"), [(0.0, True), (0.05, False)])
def test_a_vector_read_whole_depends_on_the_one_turn_that_drew_it(wrong: float, agrees: bool) -> None:
    """`sum(v)` of a vector drawn in a loop is of one turn: its cost is weighed by the points of b[n] alone.

    A z-test with a false-alarm rate of 6e-5; means of v that are 0.05 off fail it.
    """
    import jax

    enable_x64()
    module = pf.loads(PROGRAMS)
    bound = pf.library.elbo(module.seen().condition(y=Y), module.guess())
    start = bound.initial()
    found = np.asarray(jax.vmap(lambda k: bound.estimate(start, k))(jax.random.split(jax.random.key(0), DRAWS)))
    z = (found.mean() - exact(wrong)) / (found.std() / DRAWS**0.5)
    assert (abs(z) < 4) == agrees
