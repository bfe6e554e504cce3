"""The type of each form of expression, with what is known of its sign."""

from __future__ import annotations

import pytest

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.infer import infer
from pushforward.dsl.parse import parse
from pushforward.dsl.show_typed import show_expr, show_type
from pushforward.dsl.source import Source
from pushforward.dsl.typed import Expr, Let, Stage, TypedProgram
from pushforward.stdlib.catalogue import catalogue

HEAD = """model m(v: vector[N], w: vector[N], X: matrix[N, D], d: vector[D], k: index[N], js: index[K, N],
    p: positive, u: unit, n: int, ns: int[N], b: bool, bs: bool[N], S: simplex[K, 3], r: real) {
  z ~ normal(0, 1)
"""


def program(body: str, head: str = HEAD) -> TypedProgram:
    return infer(parse(Source("t.pf", head + body + "\n}\n")), catalogue()).typed.programs[0]


def value(text: str) -> Expr:
    let = next(s for s in program(f"  let q = {text}").body if isinstance(s, Let))
    return let.value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1 + 2", "int<lower=3.0, upper=3.0>"),
        ("1 / 2", "real<lower=0.5, upper=0.5>"),
        ("n % 2", "int"),
        ("n + r", "real"),
        ("b + b", "int<lower=0.0, upper=2.0>"),
        ("r * (ns == 2)", "real[N]"),
        ("-p", "real<upper=0.0, open>"),
        ("1 - u", "real<lower=0.0, upper=1.0>"),
        ("p + u", "real<lower=0.0, open>"),
        ("p * p / (1 + p)", "real<lower=0.0, open>"),
        ("r^2", "real<lower=0.0>"),
        ("r * r", "real<lower=0.0>"),
        ("2^3", "int<lower=8.0, upper=8.0>"),
        ("n^r", "real"),
        ("2.0^-1", "real<lower=0.0, open>"),
        ("v .^ 2", "real<lower=0.0>[N]"),
        ("v + 1", "real[N]"),
        ("v .* w", "real[N]"),
        ("v < w", "bool[N]"),
        ("b && r > 0", "bool"),
        ("X * d", "real[N]"),
        ("X' * v", "real[D]"),
        ("v' * w", "real"),
        ("v' * X", "real[1, D]"),
        ("u^2", "real<lower=0.0, upper=1.0>"),
        ("(v' * X) * d", "real"),
        ("v * w'", "real[N, N]"),
        ("X' * X", "real[D, D]"),
        ("2 * X / p", "real[N, D]"),
        ("if b then 1 else 2.5", "real<lower=1.0, upper=2.5>"),
        ("if bs then v else 0", "real[N]"),
        ("[1, 2.0, r]", "real[3]"),
        ("[v, w]", "real[2, N]"),
        ("[[1, 2], [3, 4]]", "int<lower=1.0, upper=4.0>[2, 2]"),
        ("[v[i] * j for i in 0..N for j in 0..D]", "real[N, D]"),
        ("[i for i in 1..N - 1]", "int<lower=1.0>[N - 2]"),
        ("v[k]", "real"),
        ("v[js]", "real[K]"),
        ("X[k]", "real[D]"),
        ("X[:, 1]", "real[N]"),
        ("X[1:N, 0]", "real[N - 1]"),
        ("v[2:]", "real[N - 2]"),
        ("S[0]", "simplex[3]"),
        ("S[0, 1]", "real<lower=0.0, upper=1.0>"),
        ("sum(v)", "real"),
        ("sum(ns)", "int"),
        ("sum(bs)", "int<lower=0.0>"),
        ("sum(v[i] for i in 0..N)", "real"),
        ("exp(v)", "real<lower=0.0, open>[N]"),
        ("exp(n)", "real<lower=0.0, open>"),
        ("zeros(n)", "real[n]"),
        ("ones(2 * n + 1)", "real[2 * n + 1]"),
        ("size(v) + 1", "int"),
        ("rows(X) * cols(X)", "int"),
        ("softmax(v)", "simplex[N]"),
        ("{a = 1, b = v}.b", "real[N]"),
        ("pi", "real"),
        ("dot(y=v, x=w)", "real"),
    ],
)  # fmt: skip
def test_types(text: str, shown: str) -> None:
    assert show_type(value(text).type) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("v * 2", "(v .* 2.0)"),
        ("X * d + r", "((X * d) .+ r)"),
        ("ns + r", "(real(ns) + r)"),
        ("r^2", "(r ^ 2)"),
        ("n / 2", "(real(n) / 2.0)"),
        ("v[1:]", "v[1:N]"),
        ("size(X)", "(D * N)"),
        ("-3", "-3"),
        ("sum([n, r])", "sum([real(n), r])"),
    ],
)
def test_what_the_checker_writes(text: str, shown: str) -> None:
    assert show_expr(value(text)).replace(".+", "+") == shown.replace(".+", "+")


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("3", Stage.STATIC), ("n * 2 - N", Stage.STATIC), ("n > 2", Stage.STATIC), ("size(v)", Stage.STATIC),
        ("k", Stage.DATA), ("v[0]", Stage.DATA), ("2.5", Stage.DATA), ("exp(n)", Stage.DATA), ("[1, 2]", Stage.DATA),
        ("z", Stage.RANDOM), ("if b then z else r", Stage.RANDOM), ("v * z", Stage.RANDOM),
    ],
)  # fmt: skip
def test_stages(text: str, stage: Stage) -> None:
    assert value(text).stage is stage


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("v + d", "PF301"), ("X * v", "PF302"), ("v * w", "PF303"), ("v^2", "PF304"), ("r'", "PF305"),
        ("if b then v else r", "PF306"), ("[v, 1]", "PF307"), ("dot(v, d)", "PF309"),
        ("if r then 1 else 2", "PF320"),
        ("!r", "PF320"), ("{a = 1} + 1", "PF321"), ("sqrt({a = 1})", "PF322"), ("v[-1]", "PF340"), ("v[N]", "PF340"),
        ("v[N:N + 1]", "PF340"), ("r[0]", "PF341"), ("v[0, 0]", "PF342"), ("v[r]", "PF343"), ("v[b]", "PF343"),
        ("X[js, js]", "PF344"), ("v[0:k]", "PF345"), ("zeros(k)", "PF347"), ("sum(i for i in 0..k)", "PF348"),
        ("sum(i for i in v)", "PF349"), ("sum(i for i in 0..r)", "PF350"), ("sqrt(-1)", "PF360"),
        ("unknwn(v)", "PF208"),
        ("vv", "PF201"), ("normal(0, 1)", "PF204"), ("exp", "PF205"), ("v(0)", "PF207"), ("exp(v, w)", "PF210"),
        ("dot(v, z=w)", "PF211"), ("[w for v in 0..N]", "PF202"),
    ],
)  # fmt: skip
def test_errors(text: str, code: str) -> None:
    with pytest.raises(ProgramError) as caught:
        value(text)
    assert [d.code for d in caught.value.diagnostics] == [code]


def test_one_mistake_is_told_once() -> None:
    with pytest.raises(ProgramError) as caught:
        program("  let q = nope + 1\n  let s = q * 2\n  y ~ normal(s, 1)\n  t ~ normal(y, 1)\n  let o = also")
    assert [(d.code, d.primary.span.text) for d in caught.value.diagnostics] == [("PF201", "nope"), ("PF201", "also")]


def test_a_shape_error_shows_both_origins() -> None:
    with pytest.raises(ProgramError) as caught:
        value("X * v")
    (diagnostic,) = caught.value.diagnostics
    labels = {label.span.text: label.text for label in diagnostic.secondary}
    assert labels == {
        "X: matrix[N, D]": "D comes from X: matrix[N, D]",
        "v: vector[N]": "N comes from v: vector[N]",
    }


def test_an_index_in_a_branch_is_not_judged() -> None:
    value("[if i > 0 then v[i - 1] else 0 for i in 0..N]")
    with pytest.raises(ProgramError):
        value("[v[i - 1] for i in 0..N]")


@pytest.mark.parametrize("text", ["v[i + 1]", "v[N - i]", "v[i - 1]", "v[i - 2:i]"])
def test_an_index_that_runs_out_over_its_loop(text: str) -> None:
    with pytest.raises(ProgramError) as caught:
        program(f"  for i in 0..N {{\n    factor sum([{text}]) + z\n  }}")
    assert [d.code for d in caught.value.diagnostics] == ["PF340"]
