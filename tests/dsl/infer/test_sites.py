"""Sites: which variable they make, of what type, lifted over what, truncated or observing."""

from __future__ import annotations

import pytest

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.infer import Inferred, infer
from pushforward.dsl.parse import parse
from pushforward.dsl.show_typed import show_type
from pushforward.dsl.source import Source
from pushforward.dsl.typed import Draw, For, If, Mixture, Site, Statement, TypedProgram
from pushforward.stdlib.catalogue import catalogue


def run(body: str, arguments: str = "") -> Inferred:
    return infer(parse(Source("t.pf", f"model m({arguments}) {{\n{body}\n}}\n")), catalogue())


def program(body: str, arguments: str = "") -> TypedProgram:
    return run(body, arguments).typed.programs[0]


def codes(body: str, arguments: str = "") -> list[str]:
    try:
        found = run(body, arguments)
    except ProgramError as error:
        return [d.code for d in error.diagnostics]
    return [d.code for d in (*found.warnings, *found.not_yet)]


def sites(statements: tuple[Statement, ...]) -> list[Site]:
    found: list[Site] = []
    for s in statements:
        match s:
            case Site():
                found.append(s)
            case For(body=body):
                found += sites(body)
            case If(then=then, orelse=orelse):
                found += sites(then) + sites(orelse)
            case _:
                pass
    return found


@pytest.mark.parametrize(
    ("site", "variable", "truncated"),
    [
        ("x ~ normal(0, 1)", "real", False),
        ("x ~ half_normal(1)", "real<lower=0.0, open>", False),
        ("x ~ beta(1, 1)", "real<lower=0.0, upper=1.0>", False),
        ("x ~ poisson(2)", "int<lower=0.0>", False),
        ("x ~ categorical([0.5, 0.5])", "index<2>", False),
        ("x ~ dirichlet(ones(4))", "simplex[4]", False),
        ("x: positive ~ normal(0, 1)", "real<lower=0.0, open>", True),
        ("x: positive ~ half_normal(1)", "real<lower=0.0, open>", False),
        ("x: nonneg ~ half_normal(1)", "real<lower=0.0, open>", False),
        ("x: real ~ half_normal(1)", "real<lower=0.0, open>", False),
        ("x: real<lower=-1> ~ half_normal(1)", "real<lower=0.0, open>", False),
        ("x: unit ~ half_normal(1)", "real<lower=0.0, upper=1.0, open>", True),
        ("x: unit ~ flat()", "real<lower=0.0, upper=1.0>", False),
        ("x: simplex[3] ~ flat()", "simplex[3]", False),
        ("x: vector[3] ~ normal(0, 1)", "real[3]", False),
        ("x: vector[K] ~ normal(0, 1)", "real[K]", False),
        ("x: ordered[3] ~ normal(0, 1)", "ordered[3]", True),
        ("x: positive_ordered[3] ~ lognormal(0, 1)", "positive_ordered[3]", True),
        ("x: simplex[5, 3] ~ dirichlet(ones(3))", "simplex[5, 3]", False),
        ("x: cholesky_corr[3] ~ lkj_cholesky(2)", "cholesky_corr[3, 3]", False),
        ("x: matrix[3, 3] ~ lkj_corr(2)", "corr_matrix[3, 3]", False),
        ("x: vector[3] ~ dirichlet(ones(3))", "simplex[3]", False),
        ("x ~ uniform(2, 5)", "real<lower=2.0, upper=5.0>", False),
        ("x: real<lower=3, upper=9> ~ uniform(2, 5)", "real<lower=3.0, upper=5.0>", True),
        ("x: int[4] ~ binomial(3, 0.5)", "int<lower=0.0, upper=3>[4]", False),
        ("x: bool ~ bernoulli(0.5)", "bool", False),
        ("x: int<lower=1> ~ poisson(2)", "int<lower=1.0>", True),
        ("x: index[2] ~ categorical([0.5, 0.2, 0.3])", "index<2>", True),
    ],
)  # fmt: skip
def test_the_variable_of_a_site(site: str, variable: str, truncated: bool) -> None:
    p = program(f"  {site}")
    assert show_type(p.variable("x").type).replace("upper=3.0>", "upper=3>") == variable
    (s,) = sites(p.body)
    assert s.truncated is truncated
    assert not s.observes


def test_support_bounds_are_the_arguments() -> None:
    p = program("  a ~ normal(0, 1)\n  x ~ uniform(a, a + 1)\n  z: vector[N] ~ uniform(v, 9)", "v: vector[N]")
    assert show_type(p.variable("x").type) == "real<lower=a, upper=(a + 1.0)>"
    assert show_type(p.variable("z").type) == "real<lower=v, upper=9.0>[N]"


def test_lifted_arguments() -> None:
    p = program(
        "  x ~ normal(v, 1)\n  y: matrix[N, 2] ~ multi_normal_cholesky(zeros(2), L)", "v: vector[N], L: cholesky_cov[2]"
    )
    one, two = (s.law for s in sites(p.body))
    assert isinstance(one, Draw) and isinstance(two, Draw)
    assert one.lifted == (True, False) and [str(d) for d in one.batch] == ["N"]
    assert two.lifted == (False, False) and [str(d) for d in two.batch] == ["N"]
    assert dict(two.dims)["N"].value == 2


def test_observations() -> None:
    p = program("  m ~ normal(0, 1)\n  let ly = log(y)\n  ly ~ normal(m, 1)\n  y[0] ~ normal(m, 2)", "y: positive[N]")
    _, ly, y = sites(p.body)
    assert ly.observes and ly.address == "ly"
    assert y.observes and y.address == "y" and not y.truncated
    assert [v.name for v in p.variables] == ["m"]


def test_implicit_containers() -> None:
    p = program(
        "  for n in 2..N {\n    z ~ normal(0, 1)\n    y[n] ~ normal(z, 1)\n  }\n  let s = sum(z)\n  return {s}",
        "N: int, y: vector[N]",
    )
    assert show_type(p.variable("z").type) == "real[N - 2]"


def test_containers_take_the_support_of_their_parts() -> None:
    p = program(
        "  y: vector[T]\n  y[0] ~ lognormal(0, 1)\n  for t in 1..T {\n    y[t] ~ lognormal(y[t - 1], 1)\n  }", "T: int"
    )
    assert show_type(p.variable("y").type) == "real<lower=0.0, open>[T]"


def test_mixtures() -> None:
    p = program(
        "  y ~ mixture(w, normal(mu, 1))\n  x ~ mixture(w, [normal(0, 1), exponential(1), normal(v, 1)])",
        "y: vector[N], w: simplex[3], mu: vector[3], v: vector[N]",
    )
    y, x = (s.law for s in sites(p.body))
    assert isinstance(y, Mixture) and y.family and [str(d) for d in y.batch] == ["N"]
    assert [str(d) for d in y.components[0].batch] == ["3"]
    assert isinstance(x, Mixture) and not x.family and len(x.components) == 3
    assert [str(d) for c in x.components for d in c.batch] == ["N", "N", "N"]
    assert show_type(p.variable("x").type) == "real[N]"


def test_the_hull_of_a_mixture() -> None:
    p = program("  x ~ mixture(w, [half_normal(1), uniform(-2, 3)])", "w: simplex[2]")
    assert show_type(p.variable("x").type) == "real<lower=-2.0>"


@pytest.mark.parametrize(
    ("body", "arguments", "expected"),
    [
        ("  y ~ norml(0, 1)", "", ["PF209"]),
        ("  y ~ exp(1)", "", ["PF212"]),
        ("  y ~ normal", "", ["PF213"]),
        ("  y ~ 3", "", ["PF214"]),
        ("  y ~ normal(y, 1)", "", ["PF201"]),
        ("  x ~ normal(0, 1)\n  x: real ~ normal(0, 1)", "", ["PF202"]),
        ("  for n in 0..N {\n    n ~ normal(0, 1)\n  }", "N: int", ["PF215"]),
        ("  v[0] = 1", "v: vector[N]", ["PF216"]),
        ("  y[0] ~ normal(0, 1)", "", ["PF313"]),
        ("  for i in 0..N {\n    for j in 0..N {\n      y[i] ~ normal(0, 1)\n    }\n  }", "N: int", ["PF313"]),
        ("  y: vector[K] ~ normal(v, 1)", "v: vector[N], K: int", ["PF310"]),
        ("  L ~ lkj_corr(2)", "", ["PF310"]),
        ("  y ~ normal(v, s)", "v: vector[N], s: positive[M]", ["PF309"]),
        ("  y ~ poisson(3)", "y: vector[N]", ["PF361"]),
        ("  y ~ normal(0, 1)", "y: int[N]", ["PF361"]),
        ("  y: real<upper=0> ~ uniform(1, 2)", "", ["PF362"]),
        ("  y: simplex[3] ~ normal(0, 1)", "", ["PF490"]),
        ("  y: ordered[3] ~ dirichlet(ones(3))", "", ["PF363"]),
        ("  y ~ normal(0, -1)", "", ["PF360"]),
        ("  s ~ half_normal(1)\n  y ~ normal(0, -s)", "", ["PF360"]),
        ("  s ~ half_normal(1)\n  y ~ normal(0, s - 1)", "", ["PF383"]),
        ("  x ~ normal(0, 1)\n  x ~ normal(1, 1)", "", ["PF382"]),
        ("  x: vector[3]\n  x[0] ~ normal(0, 1)\n  x[0] ~ normal(1, 1)", "", ["PF382"]),
        ("  x: vector[3]\n  x[0] ~ normal(0, 1)\n  x[1] ~ normal(1, 1)", "", []),
        ("  x: vector[N]\n  for n in 0..N {\n    x[n] ~ normal(0, 1)\n  }\n  x ~ normal(0, 2)", "N: int", ["PF382"]),
        ("  s ~ normal(0, 1)\n  y ~ normal(0, s)", "", ["PF383"]),
        ("  a ~ normal(0, 1)\n  let s = 1 + a\n  y ~ normal(0, s)", "", ["PF383"]),
        ("  a ~ normal(0, 1)\n  let s = 1 + a^2\n  y ~ normal(0, s)", "", []),
        ("  a ~ half_normal(1)\n  y ~ normal(0, sqrt(a) * a / (1 + a))", "", []),
        ("  a ~ normal(0, 1)\n  y ~ bernoulli(a)", "", ["PF383"]),
        ("  a ~ normal(0, 1)\n  y ~ bernoulli(inv_logit(a))", "", []),
        ("  a: positive[3] ~ half_normal(1)\n  y ~ normal(0, a[1] + sum(a))", "", []),
        ("  y ~ normal(0, s)", "s: real", ["PF383"]),
        ("  a: real<lower=-1, upper=1> ~ flat()\n  y ~ normal(0, sqrt(1 - a^2))", "", []),
        ("  a: unit ~ flat()\n  b: real<lower=0, upper=1 - a> ~ flat()\n  y ~ normal(0, 1 - a - b)", "", []),
        ("  a: unit ~ flat()\n  b: unit ~ flat()\n  y ~ normal(0, 1 - a - b)", "", ["PF383"]),
        ("  x ~ normal(0, 1)\n  let q = x + 1", "", ["PF384"]),
        ("  x ~ normal(0, 1)", "_spare: real", []),
        ("  x: real<lower=-1, upper=1> ~ normal(0, 1)", "", []),
        ("  x: real<lower=2, upper=5> ~ uniform(2, 5)", "", []),
        ("  x: real<lower=2, upper=5> ~ normal(3, 1)", "", ["PF385"]),
        ("  x ~ normal(0, 1) @ reparam", "", []),
        (
            "  if c {\n    y ~ normal(0, 1)\n  } else {\n    y ~ normal(1, 1)\n  }\n  x ~ normal(0, 1)",
            "y: real, c: bool", ["PF387", "PF387"],
        ),
    ],
)  # fmt: skip
def test_findings(body: str, arguments: str, expected: list[str]) -> None:
    assert codes(body, arguments) == expected
