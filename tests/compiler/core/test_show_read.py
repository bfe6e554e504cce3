"""The textual core: what is shown is what people should see, and reads back as what it was."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings

from pushforward.compiler.core import ir
from pushforward.compiler.core.read import read, read_body
from pushforward.compiler.core.show import show, show_atom, show_body, show_type
from pushforward.compiler.core.walk import statements
from pushforward.dsl.types import Array, Constraint, Dim
from tests.compiler.core.library import LIBRARY
from tests.compiler.core.programs import PATTERNS, Example, conditional, examples

GARCH = """\
## GARCH(1, 1).
##
## With a second paragraph.
program garch(T; y: vector[T] data, sigma1: real<lower=0.0> data) {
  variable mu: real
  variable beta: real<lower=0.0, upper=1.0, open>
  declare mu: real
  site mu: real ~ flat()
  declare beta: real<lower=0.0, upper=1.0, open> lower 0.0 upper 1.0
  h: vector[T]
  h[0] = sigma1
  for t in 1..T {
    t_1: real = y[t - 1]
    t_2: real = subtract(t_1, mu)
    t_3: real = sqrt(t_2)
    h[t] = t_3
    score normal(mu, t_3) at t_1: real from y
    if t_4 {
      factor t_2 from "the transform of beta"
    } else {
      factor -0.5 from y
    }
  }
  return {h, last = #(T - 1)}
}
op sqrt = jnp.sqrt elementwise
op subtract = jnp.subtract elementwise
""".replace("##\n", "## \n")

STATEMENTS = """\
c: int<index, size=K, base=1>[N] from y
s: simplex[N, K]
q: cov_matrix[K, K]
u: vector<interval>[K]
n: real[N, K, 2]
b: bool[N]
h[] = 1.0
h[0:T - 1, pick z, T - t - 1] = #T
h[pick] = pick
h[pick - 1] = -0.5
h[pick -0.5] = true
h[pick #(T - 1)] = false
site mu: vector[K] ~ normal(each m, 1.0) over [K] truncated observes
site y[t, 0:K]: vector[K] ~ mixture w (normal(a, 1.0), normal(b, 2.0)) over [K]
site y: real ~ mixture family w (normal(each a, 1.0) over [K])
site x: vector[K] ~ multi_normal(m, s) with {N = 2 * K}
score normal(a, b) at y: real truncated interval lower 0.0
score flat() at 1.0: real from y truncated ordered
map t in 0..2 * K * N {
}
scan t in -1..T - 1 {
  h[t] = a
}
a: real = b
a: real = #3
a: real = where c then 1.0 else #(K - 1)
a: real = y[t - 1, pick z]
a: vector[2] = [b, c]
a: vector[2] = [b, c] at 1
a: vector[4] = concat at 0 [b, c]
a: real = draw normal(each m, 1.0)
a: vector[N] = sample numpyro.Normal(loc=m, scale=1.0) over [N, K] key key_1
a: real = sample numpyro.Normal(loc=m)
a: real = log_prob tfp.Triangular(low=0.0) at y mapped [+-][++]
a: real = points axis[n] over 2 of [b, c]
a: real = free q[2 * K]
a: vector[K] = free q[(K * K - K) // 2] as [K, 2]
a: int[N] = zeros int[N]
a: int[N] = iota from 1 to N + 1
f: network = weights mlp(in=N, out=2 * N + 1, hidden=[64, N], activation="tanh") at 1
a: matrix[N, 1] = expand y [:, new]
a: matrix[N, K] = permute y [1, 0]
a: matrix[N, K] = broadcast 1.0 [N, K]
a: vector[N] = update y[0:N - 1] with b
a: real = sum@jnp.sum(y; axis=[-2, -1])
a: real = dot@jnp.dot(y, z; mapped=[+-][++])
a: real = sqrt@jnp.sqrt.(-1e-05)
a: real = "a name"
free: real = free
where: real = where
site: real
scan scan over T - 1 {
  carry h_1: real = h then h_2 final h_3
  carry h_4: real = 0.0 then h_1
  feed t: int = t_1
  h_2: real = h_1
  emit emit: real = h_2
}
total d {
  factor -0.5 from y
}
split k from key
split k from key count T
return {}"""


def test_a_program_is_read_and_shown_as_it_was() -> None:
    program = read(GARCH, LIBRARY)
    assert show(program) == GARCH
    assert program.doc == "GARCH(1, 1).\n\nWith a second paragraph."


def test_every_statement_is_read_and_shown_as_it_was() -> None:
    body = read_body(STATEMENTS, LIBRARY)
    shown = show_body(body).splitlines()
    assert shown == re.sub(r"@jnp\.\w+\.?", "", STATEMENTS).splitlines()


def test_the_statements_cover_every_node() -> None:
    nodes = {type(s) for text in (GARCH, STATEMENTS) for s in statements(_body(text))}
    exprs = {type(s.expr) for text in (GARCH, STATEMENTS) for s in statements(_body(text)) if isinstance(s, ir.Let)}
    assert nodes == set(ir.Stmt.__args__)
    assert exprs == set(ir.Expr.__args__)


def _body(text: str) -> tuple[ir.Stmt, ...]:
    return read(text, LIBRARY).body if "program" in text else read_body(text, LIBRARY)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(examples((*PATTERNS, conditional)))
def test_what_is_shown_reads_back(example: Example) -> None:
    # representations too: 1, 1.0 and True are equal in Python
    again = read(show(example.program), LIBRARY)
    assert again == example.program
    assert repr(again) == repr(example.program)


def test_prepare_and_free_size_read_back() -> None:
    text = (
        "program p(N; t_1: real prepared, q: vector[N] free) {\n  free_size N\n"
        "  prepare {\n    t_1: real = sum(y)\n"
        "    return {t_1}\n  }\n  factor t_1 from y\n}\nop sum = jnp.sum\n"
    )
    program = read(text, LIBRARY)
    assert show(program) == text
    assert program.free_size == Dim.name("N") and len(program.prepare) == 2


def test_operations_of_one_name_are_told_apart() -> None:
    a, b = ir.Op("f", "jnp.f"), ir.Op("f", "rt.files.f", elementwise=True)
    real = Array("real")
    body = tuple(ir.Let(f"x_{i}", real, ir.Call(op, (ir.Lit(i),))) for i, op in enumerate((a, b)))
    program = ir.Program("p", (), (), (), body)
    assert "x_0: real = f@jnp.f(0)\n  x_1: real = f@rt.files.f.(1)" in show(program)
    assert read(show(program), LIBRARY) == program


@pytest.mark.parametrize("value", [0, -3, 1.0, -0.0, 1e-300, 1e22, math.inf, -math.inf, True, False])
def test_numbers_keep_their_kind(value: float) -> None:
    (let,) = read_body(f"a: real = {show_atom(ir.Lit(value))}", LIBRARY)
    assert repr(let) == repr(ir.Let("a", Array("real"), ir.Copy(ir.Lit(value))))


def test_not_a_number_reads_back() -> None:
    (let,) = read_body(f"a: real = {show_atom(ir.Lit(math.nan))}", LIBRARY)
    assert isinstance(let, ir.Let) and isinstance(let.expr, ir.Copy)
    assert isinstance(let.expr.atom, ir.Lit) and math.isnan(let.expr.atom.value)


def test_a_bound_that_is_computed_is_shown_as_it_was_written() -> None:
    text = 'real<lower=0.0, upper="1 - alpha">'
    (container,) = read_body(f"a: {text}", LIBRARY)
    assert isinstance(container, ir.Container)
    assert show_type(container.type) == text


def test_a_constraint_without_a_kind_keeps_its_fields() -> None:
    type_ = Array("real", (), Constraint("none", 0.0, None))
    assert read_body(f"a: {show_type(type_)}", LIBRARY) == (ir.Container("a", type_),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: real = $", "1:11: unexpected '$'"),
        ("a: real =", "1:10: expected a number, found the end"),
        ("a: real = unheard(1.0)", "1:11: expected an operation, found `unheard`"),
        ("site y: real ~ unheard(1.0)", "1:16: expected a distribution, found `unheard`"),
        ("\nfor t in 1.0..T {", "2:10: expected a name, found `1.0`"),
        ("for t in 1..T {\n  a: real = b", "2:14: expected `}`, found the end"),
        ("a: real = b c", "1:13: expected the end of the line, found `c`"),
        ("wait x", "1:1: no statement begins with `wait`"),
        ("a: sphere[N]", "1:13: expected a type instead of `sphere` before this, found the end"),
        ("score normal(a, b) at 1.0: real", "1:32: expected `from`, found the end"),
    ],
)
def test_mistakes_are_found_where_they_are(text: str, message: str) -> None:
    with pytest.raises(ValueError) as raised:
        read_body(text, LIBRARY)
    assert str(raised.value) == message
