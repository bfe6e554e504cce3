"""Functions and distributions of a file, programs without meaning yet, and several errors at once."""

from __future__ import annotations

import pytest

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.infer import Inferred, infer
from pushforward.dsl.parse import parse
from pushforward.dsl.show_typed import show_type
from pushforward.dsl.source import Source
from pushforward.dsl.typed import Apply, Draw, Let, Site
from pushforward.stdlib.catalogue import catalogue


def run(text: str) -> Inferred:
    return infer(parse(Source("t.pf", text)), catalogue())


def codes(text: str) -> list[str]:
    try:
        found = run(text)
    except ProgramError as error:
        return [d.code for d in error.diagnostics]
    return [d.code for d in (*found.warnings, *found.not_yet)]


def test_a_function_is_typed_once_and_bound_at_each_call() -> None:
    text = """
fun tail_mean(x: vector[N], k: int) -> real = mean(x[N - k:N])
fun head_of(x: vector[N], k: int) -> vector[k] = x[0:k]
model m(v: vector[J], w: vector[2 * J]) {
  let a = tail_mean(v, 3)
  let b = tail_mean(w, J)
  let c = head_of(w, J - 1)
  y ~ normal(a + b + sum(c), 1)
}
"""
    values = [s.value for s in run(text).typed.programs[0].body if isinstance(s, Let)]
    calls = [v for v in values if isinstance(v, Apply)]
    assert calls[0].function is calls[1].function
    assert {n: str(d) for n, d in calls[1].dims} == {"N": "2 * J", "k": "J"}
    assert show_type(calls[2].type) == "real[J - 1]"


def test_an_integer_that_no_shape_needs_may_be_data() -> None:
    use = "model m(k: index[N], x: vector[N]) {\n  y ~ normal(f(x[k], k), 1)\n}\n"
    assert codes("fun f(x: real, k: int) -> real = x * k\n" + use) == []
    assert codes("fun f(x: real, k: int) -> real = sum(x * i for i in 0..k)\n" + use) == ["PF347"]


def test_a_distribution_of_the_file() -> None:
    text = """
distribution shifted(mu: real, s: positive = 1) on real<lower=mu> {
  logpdf(x) = -log(s) - (x - mu) / s
  draw {
    u ~ exponential(1)
    return mu + s * u
  }
}
model m() {
  x ~ shifted(3)
  y ~ shifted(x, s=2)
}
"""
    program = run(text).typed.programs[0]
    assert [show_type(v.type) for v in program.variables] == ["real<lower=3.0>", "real<lower=x>"]
    site = program.body[0]
    assert isinstance(site, Site) and isinstance(site.law, Draw)
    assert site.law.distribution.draw is not None and site.law.distribution.member("logpdf") is not None


def test_models_beside_what_has_no_meaning_yet() -> None:
    text = """
model ok() {
  x ~ normal(0, 1)
}
model guide() {
  param m: real = 0
  x ~ normal(m, 1) @ reparam
}
objective elbo(p: model, q: model) {
  z ~ q
  return logp(p, z) - logp(q, z)
}
let fit = maximize elbo(ok(), guide()) by adam(1e-2)
model f() {
  x: simplex[3] ~ normal(0, 1)
}
"""
    found = run(text)
    assert [p.name for p in found.typed.programs] == ["ok", "guide"]
    assert [(d.severity, d.code) for d in found.not_yet] == [("not yet", "PF490")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("objective f(p: model) {\n  z ~ p\n  return logp(p, zz)\n}\n", ["PF201"]),
        ("process f(s: positive) {\n  x ~ normal(0, 1)\n  dx = -theta * x dt + s dW\n}\n", ["PF201"]),
        ("let d = load(\"a.json\")\nprint dd\n", ["PF201"]),
        ("model a() {\n  x ~ normal(0, 1)\n}\nmodel a() {\n  x ~ normal(0, 1)\n}\n", ["PF202"]),
        ("fun f(x: real) -> vector[2] = x\n", ["PF311"]),
        ("fun f(x: vector[N]) -> vector[M] = x\n", ["PF201"]),
        ("fun f(x: vector[N]) -> int = sum(x)\n", ["PF326"]),
        ("fun f(x: real) {\n  x\n}\n", ["PF330"]),
        ("fun g(x: real) -> real = g(x)\n", ["PF217"]),
        ("fun g(x: real) -> real = h(x)\nfun h(x: real) -> real = g(x)\n", ["PF217"]),
        ("fun f(x: real)\n = extern \"a.b:c\"\n", ["PF331"]),
        ("distribution d(mu: real) on real {\n  logpdf(x) = x + nu\n}\n", ["PF201"]),
        (
            "model m() {\n  x ~ normal(nope, 1)\n  y ~ normal(0, -1)\n  let z = [1, 2] + [1, 2, 3]\n}\n",
            ["PF201", "PF360", "PF301"],
        ),
    ],
)  # fmt: skip
def test_findings(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_all_errors_of_a_file_are_reported_together() -> None:
    text = "fun f(x: real) -> real = y\nmodel a() {\n  x ~ normal(b, 1)\n}\nmodel c() {\n  x ~ nrmal(0, 1)\n}\n"
    assert codes(text) == ["PF201", "PF201", "PF209"]


def test_a_weak_derivative_may_draw_from_its_own_law_and_use_a_name_again() -> None:
    text = """
distribution scaled(s: positive, t: real) on positive {
  logpdf(x) = -x / s - log(s)
  draw {
    e ~ exponential(1)
    return s * e + 0 * t
  }
  mvd_s {
    e ~ scaled(s, t)
    more ~ scaled(s, t)
    return {constant = 1 / s, plus = e + more, minus = e}
  }
  mvd_t {
    e ~ exponential(1)
    return {plus = e, minus = e, constant = 0}
  }
}
model m() {
  x ~ scaled(3, 1)
}
"""
    site = run(text).typed.programs[0].body[0]
    assert isinstance(site, Site) and isinstance(site.law, Draw)
    law = site.law.distribution
    assert [w.parameter for w in law.weak] == ["s", "t"] and law.pathwise == "draw"
    weak = law.weak_in("s")
    assert weak is not None and len(weak.statements) == 2 and law.weak_in("x") is None


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ("mvd_q = {constant = 1, plus = p, minus = p}", ["PF390"]),
        ("mvd_n = {constant = 1, plus = p, minus = p}", ["PF390"]),
        ("mvd_p = p", ["PF391"]),
        ("mvd_p = {constant = 1, plus = p, minus = p, more = p}", ["PF391"]),
        ("mvd_p = {constant = [1, 2], plus = p, minus = [p, p]}", ["PF392", "PF392"]),
        ("mvd_p = {constant = 1, plus = q, minus = p}", ["PF201"]),
        ("mvd_p {\n    e ~ nrmal(0, 1)\n    return {constant = 1, plus = e, minus = p}\n  }", ["PF209"]),
        ("mvd_p {\n    let e = 1\n  }", ["PF330"]),
        ("mvd_p = {constant = true, plus = 1, minus = p}", []),
        ('pathwise = "implicit"', ["PF393"]),
        ('pathwise = "sideways"', ["PF393"]),
        ("pathwise = p", ["PF393"]),
        ('pathwise = "none"', []),
    ],
)
def test_findings_about_derivatives(members: str, expected: list[str]) -> None:
    head = "distribution d(n: int, p: real) on real {\n  logpdf(x) = x\n  bind numpyro.Normal(loc=p, scale=n)\n  "
    assert codes(f"{head}{members}\n}}\n") == expected


def test_what_begins_outside_its_type_is_called_what_it_is() -> None:
    for form, title in (("param s: positive = -1", "`s` of `param`"), ("let s: positive = -1", "`s` of `let`")):
        with pytest.raises(ProgramError) as raised:
            run(f"model g() {{\n  {form}\n  a ~ normal(0, s)\n}}\n")
        assert [d.title for d in raised.value.diagnostics] == [f"{title} must be positive"]
