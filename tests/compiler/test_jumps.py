"""Which functions of a pathwise draw are told to jump: those that do, and no others."""

from __future__ import annotations

import pytest

from pushforward.api import loads
from pushforward.compiler.analyses.jumps import STEPS
from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.stdlib.catalogue import catalogue

SMOOTH = (
    "fabs(x)", "abs(x)", "fmax(x, 0)", "fmin(x, 1)", "fdim(x, 1)", "relu(x)", "log1p_exp(x)", "inv_logit(x)", "Phi(x)", "max([x, 1])",
    "sort_asc([x, 1])[0]", "log_sum_exp([x, 1])", "bend(x)",
)  # fmt: skip
JUMPS = (
    "step(x)", "int_step(x)", "floor(x)", "ceil(x)", "round(x)", "trunc(x)", "sign(x)", "fmod(x, 2)", "atan2(x, 1)", "x * (x > 1)",
    "(if x > 0 then x else 1)", "argmax([x, 1])", "rank([x, 1])[0]", "[1, 2][int_step(x)]", "over(x)",
)  # fmt: skip

#: Functions of the library that are called discontinuous and jump only where two eigenvalues or singular values meet, or
#: take what has jumped before.
NEARLY_NOWHERE = frozenset(
    ["jnp.all", "jnp.any", "jnp.sum", "rt.linear_algebra.eigenvectors_sym", "rt.linear_algebra.svd_left", "rt.linear_algebra.svd_right"]
)  # fmt: skip


def findings(expression: str) -> tuple[Diagnostic, ...]:
    """What is said of a pathwise draw x that a cost reads like this."""
    text = (
        "fun bend(x: real) -> real = fmax(x, 2 * x)\nfun over(x: real) -> real = if x > 1 then 1.0 else 0.0\n"
        f"objective o() {{\n  param a: real = 1\n  x ~ normal(a, 1) @ reparam\n  let y = {expression}\n  return 1.0 * y\n}}\n"
    )
    try:
        _ = loads(text).o().emitted
    except ProgramError as error:
        return error.diagnostics
    return ()


@pytest.mark.parametrize("expression", SMOOTH)
def test_what_is_continuous_is_not_flagged(expression: str) -> None:
    assert findings(expression) == ()


@pytest.mark.parametrize("expression", JUMPS)
def test_what_jumps_is_flagged(expression: str) -> None:
    assert [d.code for d in findings(expression)] == ["PF502"]


def test_the_path_from_the_choice_to_the_jump_is_shown() -> None:
    text = (
        "objective o() {\n  param a: real = 1\n  x ~ normal(a, 1) @ reparam\n  let y = x^2\n  let w = y + a\n"
        "  return 1.0 * (w > 1)\n}\n"
    )
    with pytest.raises(ProgramError) as refusal:
        _ = loads(text).o().emitted
    (found,) = refusal.value.diagnostics
    assert [label.text for label in found.secondary] == ["x is drawn here", "y depends on it", "w depends on it"]
    assert found.primary.text.startswith("a comparison")


def test_every_function_of_the_library_that_jumps_is_known() -> None:
    """Those that are bound to a library; those that are written in the language are looked into."""
    functions = [f for name in catalogue().names() for f in catalogue().functions(name) if "step" in f.modifiers]
    targets = {f.body.target for f in functions if isinstance(f.body, tree.Extern)}
    assert targets - STEPS <= NEARLY_NOWHERE
    assert len(targets & STEPS) > 10
