"""Arithmetic of scripts is that of programs: compiled, typed with the shapes at hand, in float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pushforward as pf
from tests.evaluator.conftest import Script


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("7 / 2", 3.5),
        ("2 ^ 10", 1024.0),
        ("-3", -3),
        ("true && 1 > 2", False),
        ("0.1 + 0.2", 0.1 + 0.2),
        ("[1.0, 2]'", [[1.0, 2.0]]),
        ("[[1, 2], [3, 4]] * [1, 1]", [3.0, 7.0]),
        ("[i * j for i in 0..2 for j in 0..3]", [[0, 0, 0], [0, 1, 2]]),
        ("sum(i^2 for i in 0..4)", 14),
        ("if 2 > 1 then 1.5 else 0.5", 1.5),
        ("exp(lgamma(5))", 24.0),
        ("pi", np.pi),
        ("[true, false] == [true, true]", [True, False]),
    ],
)
def test_expressions(script: Script, text: str, expected: object) -> None:
    found = script(text)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    assert np.asarray(found).dtype == np.asarray(expected).dtype


def test_names_are_arguments_and_whole_numbers_are_sizes(script: Script) -> None:
    script("let n = 4; let x = [i * 0.5 for i in 0..n]; let w: vector[n] = x")
    assert script("sum(x) + w[n - 1]") == 4.5
    assert script("x[1:n]").tolist() == [0.5, 1.0, 1.5]
    assert script("let k = [0, 0, 3]; x[k]").tolist() == [0.0, 0.0, 1.5]


def test_functions_of_the_script_are_called(script: Script) -> None:
    script("fun sq(x: real) -> real = x^2\nfun norm(x: vector[N]) -> real = sqrt(sum(sq(x[i]) for i in 0..N))")
    assert script("norm([3, 4.0])") == 5.0


def test_names_of_python_and_of_emitted_source_are_names(script: Script) -> None:
    names = ("data", "values", "sizes", "jnp", "jax", "key", "lambda", "generated", "value", "expression", "λ")
    for name in names:
        script(f"let {name} = 1.5")
    assert script(" + ".join(names)) == 1.5 * len(names)
    assert script("let r = {data = 1.5, class = 2.5}; r.data + r.class + data") == 5.5


def test_parts_of_records_stand_in_expressions(script: Script) -> None:
    script("let d = {x = [1, 2, 3.5], inner = {n = 2}}")
    assert script("[d.x[i]^2 for i in 0..d.inner.n + 1]").tolist() == [1.0, 4.0, 12.25]
    assert script("let d_x = 10.0; d_x + d.x[0]") == 11.0


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=4))
def test_a_script_and_a_program_compute_the_same(x: list[float]) -> None:
    formula = "sum(x .* x) / (1 + exp(-x[0])) - mean(x)"
    program = pf.loads(f"model m(x: vector[N]) {{\n  mu ~ normal(0, 1)\n  return {{value = {formula} + 0 * mu}}\n}}\n").m
    script = Script()
    script(f"let x = [{', '.join(f'{v!r} * 1.0' for v in x)}]")
    theirs = program(np.asarray(x)).generated({"mu": 0.0})["value"]
    np.testing.assert_allclose(script(formula), float(theirs), rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x[3]", "PF340"),
        ("x[[0, 3]]", "PF386"),
        ("x[[i + 1 for i in 0..3]]", "PF386"),
        ("x[k]", "PF386"),
        ("[x[i] for i in 0..5]", "PF340"),
        ("x + [1, 2]", "PF301"),
        ("y + 1", "PF201"),
        ("exp(x, x)", "PF210"),
        ("expp(x)", "PF208"),
        ("x(0)", "PF207"),
        ("exp + 1", "PF205"),
        ("normal(0, 1)", "PF204"),
        ('"a" + 1', "PF726"),
        ("r + 1", "PF726"),
        ("r.c + 1", "PF722"),
        ("x.a", "PF722"),
        ("let n: int = 2.5", "PF326"),
        ("let w: vector[2] = x", "PF311"),
        ("0..3", "PF349"),
        ("x = 3", "PF720"),
        ("return x", "PF119"),
        ("let h: vector[3]", "PF720"),
        ("maximize x", "PF721"),
    ],
)
def test_mistakes_are_told_at_their_place(script: Script, text: str, code: str) -> None:
    script("let x = [1, 2, 3.5]; let k = [0, 5]; let r = {a = 1}")
    assert script.codes(text) == [code]


def test_what_was_compiled_is_used_again(script: Script) -> None:
    script("let x = [1.0, 2]\nfor i in 0..5 { print sum(x) }")
    assert len(script.session.compiled) == 2  # the list, the sum


@pytest.mark.parametrize("text", ["1 / 0", "9223372036854775807 + 1", "zeros(2 - 3)"])
def test_a_failure_that_shows_when_it_runs_is_told_at_its_place(script: Script, text: str) -> None:
    assert script.codes(text) in (["PF702"], ["PF346"])


def test_a_power_without_a_real_value_is_not_a_number(script: Script) -> None:
    assert np.isnan(script("(-1)^0.5"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(fun(x: real) = x)(3)", "PF490"),
        ("expect { z ~ normal(0, 1); return z }", "PF490"),
        ("exp(1)(2)", "PF490"),
        ("{a = 1, a = 2}", "PF202"),
        ("[1, [2]]", "PF307"),
        ("[]", "PF308"),
        ("x[0][1]", "PF341"),
        ("[i for i in 0..2 for i in 0..2]", "PF202"),
        ("let q: positive = -1", "PF360"),
    ],
)
def test_odd_expressions(script: Script, text: str, code: str) -> None:
    script("let x = [1, 2]")
    assert script.codes(text) == [code]
