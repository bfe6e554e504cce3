"""What objectives of the library refuse, because the gradient would be wrong without any sign of it."""

from __future__ import annotations

import pytest

import pushforward as pf
from pushforward.dsl.diagnostic import ProgramError

PROGRAMS = """
model target() {
  x ~ normal(0, 1)
  y ~ normal(x, 0.5)
}
model flipped() {
  b ~ bernoulli(0.5)
  y ~ normal(b, 0.5)
}
model coin() {
  param t: unit = 0.3
  b ~ bernoulli(t)
}
model same(p: model) {
  return mean_field(p)
}
"""


def codes(error: ProgramError) -> list[str]:
    return [d.code for d in error.diagnostics]


@pytest.mark.parametrize(
    ("name", "given"), [("dreg", (2,)), ("forward_kl", (2,)), ("wake_q", (2,)), ("vimco", (2,)), ("tvo", (2, 2))]
)
def test_a_flow_at_values_that_stay_where_they_are(name: str, given: tuple[int, ...]) -> None:
    """Its density there would be that of other draws. A law has no such limit."""
    target = pf.loads(PROGRAMS).target().condition(y=1.0)
    objective = getattr(pf.library, name)
    with pytest.raises(ProgramError) as refused:
        _ = objective(target, pf.library.planar_flow(target, 2), *given).emitted
    assert codes(refused.value) == ["PF410"]
    assert objective(target, pf.library.full_rank(target), *given).emitted.text


def test_dreg_needs_draws_that_are_reparameterised() -> None:
    module = pf.loads(PROGRAMS)
    target = module.flipped().condition(y=1.0)
    with pytest.raises(ProgramError) as refused:
        _ = pf.library.dreg(target, module.coin(), 2).emitted
    assert codes(refused.value) == ["PF501"]
    assert pf.library.vimco(target, module.coin(), 2).emitted.text


def test_a_program_that_returns_another_is_that_one() -> None:
    module = pf.loads(PROGRAMS)
    target = module.target().condition(y=1.0)
    named = pf.library.elbo(target, module.same(target))
    assert named.initial().keys() == pf.library.elbo(target, pf.library.mean_field(target)).initial().keys()
