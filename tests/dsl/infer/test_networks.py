"""Networks: the types of parameters, the types of calls, and what is said of wrong ones."""

from __future__ import annotations

import pytest

from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.dsl.format import format_source
from pushforward.dsl.infer import infer
from pushforward.dsl.networks import kinds
from pushforward.dsl.parse import parse
from pushforward.dsl.source import Source
from pushforward.dsl.typed import For, Let, TypedProgram
from pushforward.dsl.types import Array, Network
from pushforward.stdlib.catalogue import catalogue

PROGRAM = """\
model m(x: matrix[N, D], K: int) {{
  param f: {type}
  for n in 0..N {{
    let h = {call}
    y[n] ~ normal(sum(h), 1)
  }}
}}
"""
MLP = "mlp(in=D, out=2 * K + 1, hidden=[64, K], activation=tanh)"


def program(type_: str, call: str) -> TypedProgram:
    return infer(parse(Source("t.pf", PROGRAM.format(type=type_, call=call))), catalogue()).typed.programs[0]


def findings(type_: str, call: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(ProgramError) as caught:
        program(type_, call)
    return caught.value.diagnostics


def test_a_network_is_a_parameter_with_all_its_settings() -> None:
    (param,) = program(MLP, "f(x[n])").params
    assert isinstance(param.type, Network) and param.value is None
    assert str(param.type) == "mlp(in=D, out=2 * K + 1, hidden=[64, K], activation=tanh)"
    (param,) = program("mlp(D, K, [])", "f(x[n])").params
    assert str(param.type) == "mlp(in=D, out=K, hidden=[], activation=relu)"


@pytest.mark.parametrize(
    ("type_", "call", "size"),
    [
        (MLP, "f(x[n])", "2 * K + 1"),
        (MLP, "stop(f)(x[n])", "2 * K + 1"),
        (MLP, "f(x=x[n])", "2 * K + 1"),
        ("resnet(in=D, out=K, width=8, depth=2)", "f(x[n])", "K"),
        ("gru(in=D, hidden=K)", "f(x[n], zeros(K))", "K"),
        ("gru(in=D, hidden=K)", "f(h=zeros(K), x=x[n])", "K"),
    ],
)
def test_a_call_takes_a_vector_and_gives_one(type_: str, call: str, size: str) -> None:
    (loop,) = program(type_, call).body
    assert isinstance(loop, For)
    let = loop.body[0]
    assert isinstance(let, Let) and isinstance(let.value.type, Array)
    assert str(let.value.type) == f"vector[{size}]"


@pytest.mark.parametrize(
    ("type_", "call", "code", "words"),
    [
        ("mpl(in=D, out=1, hidden=[4])", "f(x[n])", "PF203", "did you mean `mlp`?"),
        ("perceptron(in=D)", "f(x[n])", "PF203", "the networks are gru, mlp, resnet"),
        ("mlp(in=D, out=1, hiden=[4])", "f(x[n])", "PF211", "did you mean `hidden`?"),
        ("mlp(in=D, in=D, out=1, hidden=[4])", "f(x[n])", "PF211", "given twice"),
        ("mlp(D, 1, [4], tanh, 3)", "f(x[n])", "PF211", "one too many"),
        ("mlp(in=D, out=1)", "f(x[n])", "PF210", "missing: hidden"),
        ("mlp(in=D, out=1, hidden=4)", "f(x[n])", "PF351", "write `hidden=[4]`"),
        ("mlp(in=[D], out=1, hidden=[4])", "f(x[n])", "PF351", "this is a list"),
        ("mlp(in=D, out=1, hidden=[4], activation=tnh)", "f(x[n])", "PF351", "write `activation=tanh`"),
        ("mlp(in=D, out=1, hidden=[4], activation=3)", "f(x[n])", "PF351", "this is none of them"),
        ("mlp(in=D, out=x[0, 0], hidden=[4])", "f(x[n])", "PF347", "known when the program runs"),
        ("mlp[2](in=D, out=1, hidden=[4])", "f(x[n])", "PF352", "write `mlp(in="),
        ("mlp(in=D, out=1, hidden=[4]) = 2", "f(x[n])", "PF352", "leave the value out"),
        ("mlp(in=K, out=1, hidden=[4])", "f(x[n])", "PF309", "D comes from x"),
        (MLP, "f(x)", "PF322", "this is matrix[N, D]"),
        (MLP, "f(x[n], 1)", "PF210", "2 arguments"),
        (MLP, "f()", "PF210", "missing: x"),
        (MLP, "f", "PF323", "mlp("),
        (MLP, "[f + 1]", "PF321", "mlp("),
        (MLP, "[f[0]]", "PF341", "no elements"),
        (MLP, "(if K > 1 then f else f)", "PF321", "choose between their values"),
        ("vector[2]", "f(x[n])", "PF207", "vector[2]"),
    ],
)
def test_findings(type_: str, call: str, code: str, words: str) -> None:
    found = findings(type_, call)
    assert [d.code for d in found] == [code]
    (one,) = found
    said = (one.title, one.primary.text, *(s.text for s in one.secondary), *one.notes, *one.helps)
    assert any(words in text for text in said), said


def test_a_network_is_no_value() -> None:
    text = "model m(x: vector[2]) {\n  param f: mlp(in=2, out=1, hidden=[])\n  y ~ normal(f(x), 1)\n  return {f}\n}\n"
    with pytest.raises(ProgramError) as caught:
        infer(parse(Source("t.pf", text)), catalogue())
    assert [d.code for d in caught.value.diagnostics] == ["PF321"]


def test_a_parameter_may_have_the_name_of_a_function() -> None:
    text = "model m(x: vector[2]) {\n  param beta: mlp(in=2, out=1, hidden=[])\n  y ~ normal(beta(x), 1)\n}\n"
    assert infer(parse(Source("t.pf", text)), catalogue()).typed.programs[0].params[0].name == "beta"


def test_it_is_formatted() -> None:
    text = PROGRAM.format(type=MLP, call="f(x[n])")
    assert format_source(Source("t.pf", text)) == text
    assert format_source(Source("t.pf", text.replace("in=D, ", "in = D,"))) == text


@pytest.mark.parametrize("kind", kinds().values(), ids=list(kinds()))
def test_a_kind_takes_and_gives_sizes_among_its_settings(kind: object) -> None:
    from pushforward.dsl.networks import Kind

    assert isinstance(kind, Kind)
    sizes = {s.name for s in kind.settings if s.form == "size"}
    assert {s for _, s in kind.inputs} <= sizes and kind.output in sizes
    assert all(s.default in s.words for s in kind.settings if s.form == "word")
