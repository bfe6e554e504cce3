"""What does not go together is told by the checker, before anything runs: a solver, a rule and a hole."""

from __future__ import annotations

import pytest

import pushforward as pf
from pushforward.dsl.diagnostic import ProgramError

FIELD = "integrate fun(t, x) = -a * x from 1 over [0.0, 1.0]"


@pytest.mark.parametrize(
    ("hole", "code", "says"),
    [
        ("root r { r^3 - a } by newton() @ penalty()", "PF602", "does not differentiate `root`"),
        ("saddle p: real, q: real { p * q } @ value_function()", "PF602", "does not differentiate `saddle`"),
        ("argmin u: real { (u - a)^2 } subject to u >= 0 @ penalty()", "PF602", "does not see what constraints do"),
        ("root r: vector[2] { r - a } by bisection()", "PF602", "solves for one number"),
        ("argmin u: real { (u - a)^2 } @ implicit(dense(\"choleski\"))", "PF603", "did you mean `cholesky`"),
        ("argmin u: real { (u - a)^2 } by nonlinear_cg(method=\"fletcher\")", "PF603", "is one of polak_ribiere"),
        ("argmin u: real { (u - a)^2 } by adam(schedule=linear)", "PF603", "is one of constant, cosine"),
        ("root r { r^3 - a } @ implicit(cg())", "PF602", "needs a symmetric system"),
        ("argmin u: vector[2] in l2_ball(1) { sum((u - a).^2) } @ implicit(nystrom())", "PF602", "needs a symmetric system"),
        (f"{FIELD} by tsit5() @ reversible", "PF602", "cannot be undone"),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_go_together_is_told(hole: str, code: str, says: str) -> None:
    with pytest.raises(ProgramError) as caught:
        pf.loads(f"model m() {{\n  a ~ half_normal(1)\n  let s = {hole}\n  y ~ normal(a, 1)\n  return {{s}}\n}}\n")
    (found,) = caught.value.diagnostics
    assert found.code == code and says in str(found)


@pytest.mark.parametrize(
    "hole",
    [
        "argmin u: real { (u - a)^2 } @ penalty()", 'argmin u: real { (u - a)^2 } @ implicit(dense("cholesky"))',
        "argmin u: real { (u - a)^2 } subject to u >= 0 @ value_function()", "root r { r^3 - a } by bisection()",
        "argmin u: vector[2] { sum((u - a).^2) } by lbfgs() @ implicit(cg())", "fixpoint v { 0.5 * v + a } @ onestep",
        f"{FIELD} by reversible_heun() @ reversible",
    ],
)  # fmt: skip
def test_what_does_is_taken(hole: str) -> None:
    module = pf.loads(f"model m() {{\n  a ~ half_normal(1)\n  let s = {hole}\n  y ~ normal(a, 1)\n  return {{s}}\n}}\n")
    assert not module.not_yet
