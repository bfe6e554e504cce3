"""The grammar, the recovery from mistakes and what is said about them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pushforward.dsl import tree as t
from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.dsl.parse import parse, parse_expression, parse_type
from pushforward.dsl.source import Source

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path for folder in ("stdlib", "examples", "tests/dsl/programs") for path in (ROOT / folder).rglob("*.pf")
)


def expr(text: str) -> t.Expr:
    return parse_expression(Source("e.pf", text))


def items(text: str) -> tuple[t.Item, ...]:
    return parse(Source("f.pf", text)).items


def body(text: str, kind: str = "model") -> tuple[t.Statement, ...]:
    (program,) = items(f"{kind} m() {{\n{text}\n}}\n")
    assert isinstance(program, t.Program)
    return program.body.statements


def problems(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(ProgramError) as caught:
        parse(Source("f.pf", text))
    return caught.value.diagnostics


X, Y, Z = t.Name("x"), t.Name("y"), t.Name("z")


def num(value: float) -> t.Number:
    return t.Number(value)


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_every_program_of_the_house_is_read(path: Path) -> None:
    assert parse(Source(path.name, path.read_text(encoding="utf-8"))).items


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x + y * z", "x + (y * z)"),
        ("x - y - z", "(x - y) - z"),
        ("-x^2", "-(x^2)"),
        ("x^y^z", "x^(y^z)"),
        ("2^-x", "2^(-x)"),
        ("x.^2'", "x.^(2')"),
        ("-x * y", "(-x) * y"),
        ("!x == y", "(!x) == y"),
        ("x < y && y < z || x", "((x < y) && (y < z)) || x"),
        ("x | y | z", "(x | y) | z"),
        ("x || y | z", "(x || y) | z"),
        ("x at y | z", "(x at y) | z"),
        ("1..x - 1", "1..(x - 1)"),
        ("1..T-1", "1..(T - 1)"),
        ("0..x < 3", "(0..x) < 3"),
        ("x + if x then y else z + 1", "x + (if x then y else (z + 1))"),
        ("fun(x) = x + y", "fun(x) = (x + y)"),
        ("sample x | y by z", "(sample (x | y)) by z"),
        ("x + argmin z { z } by y", "x + ((argmin z { z }) by y)"),
        ("x + y by z", "(x + y) by z"),
        ("plugin x + y", "(plugin x) + y"),
        ("x'(y)[z].w'", "((((x')(y))[z]).w)'"),
    ],
)
def test_precedence(text: str, same: str) -> None:
    assert expr(text) == expr(same)


def test_expressions() -> None:
    assert expr("5_000") == num(5000) and expr("1e-2") == num(0.01) and expr("2.5E3") == num(2500.0)
    assert expr('"a\\n\\"b\\\\"') == t.String('a\n"b\\')
    assert expr("x[1:, :y, :, z]") == t.Subscript(X, (t.Slice(num(1), None), t.Slice(None, Y), t.Slice(None, None), Z))
    assert expr("{x, y = 1}") == t.RecordExpr((t.Field("x", None), t.Field("y", num(1))))
    assert expr("{\n  x\n  y = 1,\n}") == expr("{x, y = 1}")
    assert expr("f(x for x in 0..3)") == t.Call(
        t.Name("f"),
        (t.Argument(None, t.Comprehension(X, (t.Clause("x", t.Range(num(0), num(3))),), False)),),
    )
    assert expr("x.^y") == t.Binary(".^", X, Y)
    assert expr("2.*x") == t.Binary(".*", num(2), X)
    assert expr("true") == t.Bool(True)
    assert expr("x by y(1) @ unsafe z") == t.Hole(
        X, t.Method(t.Call(Y, (t.Argument(None, num(1)),)), t.Unary("unsafe", Z))
    )


def test_holes() -> None:
    assert expr("argmin x: real, y in z from 0 { x } subject to x < y, y == z by z @ z") == t.Hole(
        t.Solve(
            "argmin",
            (t.Binder("x", t.TypeExpr("real"), None), t.Binder("y", None, Z)),
            num(0),
            t.Block((t.ExprStatement(X),)),
            (t.Binary("<", X, Y), t.Binary("==", Y, Z)),
        ),
        t.Method(Z, Z),
    )
    assert expr("integrate x from y over z") == t.Integrate(X, Y, Z)
    assert expr("expect { x ~ y; return x }") == t.Expect(t.Block((t.Site(X, None, Y, None), t.Return(X))))


def test_types() -> None:
    type_ = parse_type(Source("t.pf", "real<lower=0, upper=1 - x>[N + 1, 2]"))
    bounds = (t.Bound("lower", num(0)), t.Bound("upper", t.Binary("-", num(1), X)))
    assert type_ == t.TypeExpr("real", bounds, (t.Binary("+", t.Name("N"), num(1)), num(2)))
    assert parse_type(Source("t.pf", "real[...]")) == t.TypeExpr("real", any_rank=True)
    assert parse_type(Source("t.pf", "mlp(in=2)")) == t.TypeExpr("mlp", arguments=(t.Argument("in", num(2)),))


def test_lines() -> None:
    assert body("x ~ f(1,\n  2)\n") == body("x ~ f(1, 2)")
    assert body("let x = y +\n  z") == body("let x = y + z")
    assert body("let x = y\n  * z") == body("let x = y * z")
    assert body("let x =\n  y") == body("let x = y")
    assert body("x ~ y\n  @ z") == body("x ~ y @ z")
    assert body("x ~ y\n  by z\n  @ z") == body("x ~ y by z @ z")
    assert body("if x { y }\nelse { z }") == body("if x { y } else { z }")
    assert body("let x: real<lower=0>\ny") == (
        t.Let("x", t.TypeExpr("real", (t.Bound("lower", num(0)),)), None),
        t.ExprStatement(Y),
    )
    assert len(body("x\n-y\n+z\n(x)\n[y]\n\n;;\n")) == 5
    assert items("model m()\n{\n}\n") == items("model m() {}")
    assert items("\n\n# only a comment\n") == ()
    assert items("let x = 1\r\nlet y = 2\r\n") == items("let x = 1; let y = 2")


def test_a_new_line_with_a_name_that_is_a_keyword_elsewhere_begins_a_statement() -> None:
    assert len(body("x ~ f(1)\nat = 3\nby ~ f(2)\nover[0] ~ f(2)\nfrom: real ~ f(2)")) == 5


def test_words_are_keywords_only_where_they_can_be_meant() -> None:
    for word in [
        "at",
        "by",
        "over",
        "from",
        "to",
        "on",
        "step",
        "sample",
        "param",
        "root",
        "bind",
        "draw",
        "model",
        "print",
    ]:
        (let,) = items(f"let {word} = {word} + 1")
        assert let == t.Let(word, None, t.Binary("+", t.Name(word), num(1)))
        (site,) = body(f"{word} ~ f({word}, {word}={word})")
        assert isinstance(site, t.Site) and site.target == t.Name(word)
    assert expr("argmax(x) + solve(x, y) - sample") and expr("x.for.in.at(if=3, for=2)")
    assert expr("[root for root in x]") and expr("if c then root else argmin")
    dt = t.Name("dt")
    assert body("let dt = 3; factor dt") == (t.Let("dt", None, num(3)), t.Factor(dt))


def test_differentials() -> None:
    (both,) = body("dx = -x * (y - z) dt + z dW1 - dB", "process")
    assert both == t.Differential(
        "x",
        (
            t.DifferentialTerm("+", t.Binary("*", t.Unary("-", X), t.Binary("-", Y, Z)), "t"),
            t.DifferentialTerm("+", Z, "W1"),
            t.DifferentialTerm("-", None, "B"),
        ),
    )
    assert body("dx = delta * x dt + dW", "process")[0] == t.Differential(
        "x", (t.DifferentialTerm("+", t.Binary("*", t.Name("delta"), X), "t"), t.DifferentialTerm("+", None, "W"))
    )
    assert body("delta = 3") == (t.Assign(t.Name("delta"), num(3)),)


def test_problems_and_scripts() -> None:
    statements = body("minimize x by y\nsubject to x < 1\nlet z = argmin x { x }\nsubject to x > 0", "problem")
    assert statements[:2] == (
        t.Optimise("minimize", X, t.Method(Y, None)),
        t.SubjectTo((t.Binary("<", X, num(1)),)),
    )
    assert isinstance(statements[2], t.Let) and isinstance(statements[2].value, t.Solve)
    assert len(statements[2].value.constraints) == 1
    assert body("minimize x subject to x < 1", "problem") == (
        t.Optimise("minimize", X, None),
        t.SubjectTo((t.Binary("<", X, num(1)),)),
    )


def test_documentation_belongs_to_the_next_declaration() -> None:
    first, second = items("## lost\n\n## One.\n##\n## Two.\nmodel m() {}\n# no\nfun f(x: real) -> real = x\n")
    assert isinstance(first, t.Program) and first.doc == "One.\n\nTwo."
    assert isinstance(second, t.Function) and second.doc == ""


def test_letters() -> None:
    assert expr("µ") == expr("μ") == t.Name("μ")  # the micro sign of the keyboard and the Greek letter
    assert problems("let a = σ²")[0].code == "PF105"


def test_spans() -> None:
    file = parse(Source("f.pf", "model m() {\n  x ~ normal(0, (1 + 2) * 3)\n}\n"))
    (program,) = file.items
    assert isinstance(program, t.Program) and program.span.text.startswith("model") and program.span.text.endswith("}")
    (site,) = program.body.statements
    assert isinstance(site, t.Site) and site.span.text == "x ~ normal(0, (1 + 2) * 3)"
    assert site.distribution.span.text == "normal(0, (1 + 2) * 3)"
    assert isinstance(site.distribution, t.Call)
    assert site.distribution.arguments[1].span.text == "(1 + 2) * 3"
    hole = expr("expect { return x }  by mc(3)")
    assert isinstance(hole, t.Hole) and hole.value.span.text == "expect { return x }"


@pytest.mark.parametrize(
    ("text", "code", "help_"),
    [
        ("model m() { mu <- 3 }", "PF112", "let mu"),
        ("let x := 3", "PF107", "let"),
        ("let x = 2 ** 3", "PF107", "^"),
        ("let x = a and b", "PF123", "&&"),
        ("let x = a or b", "PF123", "||"),
        ("let x = not a", "PF123", "!"),
        ("model m() { if a { b } elif c { d } }", "PF117", "else if"),
        ("return 3", "PF119", None),
        ("for i in 1:N { x[i] ~ f() }", "PF109", ".."),
        ("for (i in 1:N) { x[i] ~ f() }", "PF109", "for i in 0..N"),
        ("let x = [i for i in 1:N]", "PF109", ".."),
        ("model m() { real x; }", "PF114", "x: real"),
        ("model m() { vector[N] y; }", "PF114", "y: vector[N]"),
        ("model m() { array[N] int<lower=0> k; }", "PF114", "k: int<lower=0>[N]"),
        ("model m() { real<lower=0> s = 3; }", "PF114", "let s: real<lower=0>"),
        ("let x = 3 // three", "PF108", "#"),
        ("data {\n  int N;\n}", "PF115", "model"),
        ("generated quantities {\n  real x;\n}", "PF115", "model"),
        ("model m() { target += f(x) }", "PF107", "factor"),
        ("def f(x):\n  return x", "PF117", "fun"),
        ("function f(x) { return x }", "PF117", "fun"),
        ("modle m() { }", "PF117", "`model`"),
        ("model m() { x ~ f()\n  retrun x }", "PF117", "`return`"),
        ("while (x < 3) { }", "PF117", "for"),
        ("let y = lambda x: x", "PF117", "fun(x)"),
        ("import numpy", "PF117", None),
        ("let x = c ? a : b", "PF107", "if c then a else b"),
        ("let x = 'a'", "PF104", '"'),
        ("let x = f(a: 3)", "PF121", "="),
        ("x: real = 3", "PF120", "let x: real"),
        ("model m {\n  x ~ f()\n}", "PF101", "m()"),
        ("for i in 0..N:\n  x[i] ~ f()", "PF101", "{ ... }"),
        ("print(a, b)", "PF101", "print a, b"),
        ("process p() { x ~ f(); dx = -x * dt }", "PF101", "without `*`"),
        ("model m() { dx = -x dt }", "PF101", "process"),
        ("model m() { y ~ normal(0, 1) T[0, ] }", "PF101", "lower=0"),
        ("let x = 2 y", "PF101", "*"),
        ("let x = f(a b)", "PF101", ","),
        ("let x = if a then b", "PF101", "else"),
        ("let if = 3", "PF118", None),
        ("let x = d.sigma.if + then", "PF101", None),
        ("fun f(x: real) -> real = {", "PF102", "}"),
        ("let x = [1, 2", "PF102", "]"),
        ("let x = (1, 2]", "PF103", ")"),
        ("let x = 1e400", "PF106", "inf"),
        ("let x = 3a", "PF106", "3 * a"),
        ("let x = 1.", "PF106", "1.0"),
        ("let x = “a”", "PF104", '"'),
        ("let x = a ≤ b", "PF107", "<="),
    ],
)
def test_recognised_mistakes(text: str, code: str, help_: str | None) -> None:
    found = problems(text)
    assert [problem.code for problem in found] == [code]
    if help_ is not None:
        assert help_ in " ".join(found[0].helps)


def test_several_mistakes_are_told_at_most_one_a_statement() -> None:
    found = problems(
        "model a() {\n  x ~ normal(0 1 2 3\n  y ~ normal(0, 1)\n  for i in 1:N { let = 4; z ~ }\n}\n"
        "model b( { x ~ f() }\nlet c = d e f g\nlet e = 2\n"
    )
    assert [(problem.primary.span.line, problem.code) for problem in found] == [
        (2, "PF102"),
        (4, "PF109"),
        (4, "PF101"),
        (4, "PF101"),
        (6, "PF102"),
        (7, "PF101"),
    ]


def test_a_missing_brace_is_found_by_the_indentation() -> None:
    (found,) = problems("model a() {\n  for i in 0..N {\n    x[i] ~ f()\n}\n\nmodel b() {\n  x ~ f()\n}\n")
    assert (found.code, found.primary.span.line) == ("PF102", 2)


def test_expected_and_found_are_in_words() -> None:
    assert problems("let x = f(a")[0].title == "this `(` is never closed"
    assert problems("let = 3")[0].title == "expected a name, found `=`"
    assert problems("model m() { for t in 1..T\n x }")[0].title == "expected `{`, found the end of the line"
    assert problems("let x =")[0].title == "expected an expression, found the end of the text"
    for text in ("(", "model", "model m(", "let x", "fun", "x ~ ~ y", "argmin x", "print , 3", "{", "@", "x: 3"):
        for problem in problems(text + " )"):
            assert "ANON" not in problem.title and "_SEP" not in problem.title and "LPAR" not in problem.title


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "x" + ")" * 5000,
        "-" * 5000 + "x",
        "+".join("x" * 5000),
        "f(" * 1000,
        "{" * 1000,
        "x" + "'" * 5000,
        "x" + "[0]" * 5000,
        "2^" * 3000 + "2",
        "if x then " * 3000,
        "fun(x) = " * 3000 + "x",
        "x" + ".y" * 5000,
    ],
    ids=range(11),
)
def test_deep_texts_are_refused(text: str) -> None:
    begin = time.process_time()
    with pytest.raises(ProgramError):
        parse(Source("deep.pf", f"let a = {text}\n"))
    assert time.process_time() - begin < 20  # a bound on hanging, not on speed


def test_long_texts_take_time_in_proportion() -> None:
    """Ten times the text takes far less than a hundred times the time."""

    def seconds(copies: int, text: str) -> float:
        source = Source("long.pf", text * copies)
        begin = time.process_time()
        with contextlib.suppress(ProgramError):
            parse(source)
        return time.process_time() - begin

    for text in ("let x = f(a, [1, 2]) + {y = 3}.y  # note\n", "let x = a and b\n", "let x = (\n", "x }\n"):
        seconds(20, text)
        assert seconds(2000, text) < 40 * (seconds(200, text) + 0.01)


def test_the_cache_is_optional_and_lark_is_not_needed_with_it(tmp_path: Path) -> None:
    script = (
        "import sys; from pushforward.dsl.parse import parse; from pushforward.dsl.source import Source;"
        "parse(Source('a', 'let x = 1')); print('lark' in sys.modules)"
    )

    def run(home: Path) -> str:
        environment = {"PYTHONPATH": str(ROOT / "src"), "XDG_CACHE_HOME": str(home), "PATH": ""}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, cwd=tmp_path
        )
        return done.stdout.strip()

    assert run(tmp_path) == "True"
    assert run(tmp_path) == "False"
    (cache,) = (tmp_path / "pushforward").iterdir()
    cache.write_text("{}", encoding="utf-8")
    assert run(tmp_path) == "True"
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    assert run(blocked) == "True"
