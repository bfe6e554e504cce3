"""check: programs that keep the rules pass, and each rule is noticed when it is broken."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings

from pushforward.compiler.core.check import Dialect, Violation, check
from pushforward.compiler.core.read import read
from pushforward.compiler.transforms.distribute import distribute
from tests.compiler.core.library import LIBRARY
from tests.compiler.core.programs import PATTERNS, Example, conditional, examples

_HEAD = "program p(N, K; y: vector[N] data, x: matrix[N, K] data, g: int[N] data, w: vector[K] data) {\n"
_VARIABLES = "  variable mu: real\n  variable z: vector[N]\n"


def _check(body: str, dialect: Dialect) -> None:
    lines = "".join(f"  {line}\n" for line in body.splitlines())
    check(read(f"{_HEAD}{_VARIABLES}{lines}}}\n", LIBRARY), dialect)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(examples((*PATTERNS, conditional)))
def test_generated_programs_keep_the_rules(example: Example) -> None:
    check(example.program, "structured")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(examples())
def test_distributed_programs_keep_the_rules(example: Example) -> None:
    check(distribute(example.program), "structured")


STRUCTURED = {
    "sites": (
        "declare mu: real lower 0.0\nsite mu: real ~ flat()\n"
        "declare z: vector[N]\nsite z: vector[N] ~ normal(each y, mu) over [N]"
    ),
    "sites on elements": "declare z: vector[N]\nfor i in 0..N {\n  site z[i]: real ~ normal(0.0, 1.0)\n}",
    "scores": "score normal(each y, 1.0) over [N] at y: vector[N]",
    "an event": "score multi_normal(w, x) with {N = K} at w: vector[K]",
    "a mixture": ("score mixture w (normal(0.0, 1.0) over [N], normal(1.0, 1.0) over [N]) over [N] at y: vector[N]"),
    "later loops over one index": ("map i in 0..N {\n  a: real = y[i]\n}\nmap i in 0..N {\n  factor a from y\n}"),
    "a slice that follows a loop": "for i in 0..N {\n  a: vector[i] = y[0:i]\n}",
    "an index array": "a: vector[N] = w[pick g]",
    "an index array after a loop index": "for i in 0..N {\n  a: vector[N] = x[i, pick g]\n}",
    "a whole row": "for i in 0..N {\n  a: vector[K] = x[i]\n}",
    "a scalar with an array": "a: vector[N] = add(y, 1.0)",
}

ARRAY = {
    "axes of length one": "a: real[N, 1] = expand y [:, new]\nb: matrix[N, K] = add(a, x)",
    "index arrays together": "i: int[N] = iota from 0 to N\na: vector[N] = x[pick i, pick g]",
    "index arrays that broadcast": (
        "i: int[N] = iota from 0 to N\ni_1: int[N, 1] = expand i [:, new]\nj: int[K] = iota from 0 to K\n"
        "j_1: int[1, K] = expand j [new, :]\na: matrix[N, K] = x[pick i_1, pick j_1]"
    ),
    "a reduction": "a: vector[N] = sum(x; axis=[-1])",
    "a mapped call": "a: vector[N] = dot@jnp.dot(x, w; mapped=[+-])",
    "an update": "a: vector[N] = update y[1:N] with 0.0",
    "a joined array": "a: real[N + K] = concat at 0 [y, w]",
    "a scan": (
        "scan s over N {\n  carry h: real = 0.0 then h_1 final h_2\n  feed y_t: real = y\n"
        "  h_1: real = add(h, y_t)\n  emit hs: real = h_1\n}\na: vector[N] = add(hs, h_2)"
    ),
    "random keys": (
        "split k from key\na: vector[N] = sample numpyro.Normal(loc=0.0) over [N] key k\n"
        "split ks from key count N\nscan s over N {\n  feed k_t: int = ks\n  split k_s from k_t\n"
        "  b: real = sample numpyro.Normal() key k_s\n  emit bs: real = b\n}"
    ),
}


@pytest.mark.parametrize("what", STRUCTURED)
def test_structured_core_allows(what: str) -> None:
    _check(STRUCTURED[what], "structured")


@pytest.mark.parametrize("what", ARRAY)
def test_array_core_allows(what: str) -> None:
    _check(ARRAY[what], "array")


BROKEN = [
    ("structured", "factor a from y", "`a` is not bound before it is used"),
    ("structured", "a: real = a", "`a` is not bound before it is used"),
    ("structured", "a: real = 1.0\na: real = 2.0", "`a` is bound a second time"),
    ("structured", "y: real = 1.0", "`y` is bound a second time"),
    ("structured", "for i in 0..N {\n  a: real = y[i]\n}\nfactor a from y", "`a` is not in scope"),
    (
        "structured",
        "map i in 0..N {\n  a: real = y[i]\n}\nmap j in 0..N {\n  factor a from y\n}",
        "`a` is not in scope",
    ),
    ("structured", "if mu_0 {\n}", "`mu_0` is not bound before it is used"),
    ("structured", "if 1 {\n  a: real = 1.0\n}\nfactor a from y", "`a` is not in scope"),
    ("structured", "for i in 0..N {\n  for i in 0..N {\n  }\n}", "the index `i` is bound already"),
    ("structured", "for i in 0..M {\n}", "the size `M` is not static"),
    ("structured", "a: real = y[i]", "the size `i` is not static"),
    ("structured", "for i in 0..N {\n  factor i from y\n}", "`i` is not bound before it is used"),
    ("structured", "a: vector[M]", "the size `M` is not static"),
    ("structured", "a: real = add(y, x)", "arrays of ranks 1, 2 meet"),
    ("structured", "a: real = add(y, 1.0)", "the expression has the shape (N), not that of real"),
    ("structured", "a: vector[K] = y[0:N]", "the expression has the shape (N), not that of vector[K]"),
    ("structured", "a: real = y[0, 0]", "2 subscripts for 1 dimensions"),
    ("structured", "a: vector[N] = w[pick y]", "a subscript of type vector[N]"),
    ("structured", "y[0] = 1.0", "`y` is not a container"),
    ("structured", "c: matrix[N, K]\nc[0] = x", "a value of rank 2 is stored to a region of rank 1"),
    ("structured", "declare other: real", "`other` is not a variable of the program"),
    ("structured", "for i in 0..N {\n  return {y}\n}", "this stands only at the top level of a program"),
    ("structured", "site z: vector[N] ~ flat() over [N]", "`z` is not bound before it is used"),
    (
        "structured",
        "score normal(y, 1.0) over [N] at y: vector[N]",
        "the argument `mu` of `normal` has rank 1, not 0",
    ),
    ("structured", "score normal(1.0) at 1.0: real from y", "`normal` takes 2 arguments"),
    ("structured", "score normal(0.0, 1.0) at y: vector[N]", "the value of `normal` has rank 1, not 0"),
    ("structured", "a: real = sum(x; axis=[-1])", "axes belong to array core"),
    ("structured", "a: real[2, K] = [w, w] at 1", "axes belong to array core"),
    ("structured", "a: real[N, 1] = expand y [:, new]", "Expand does not belong to structured core"),
    ("structured", "split k from key", "Split does not belong to structured core"),
    (
        "structured",
        "a: real = sample numpyro.Normal() key k",
        "a sample takes a random key in array core, and only there",
    ),
    ("array", "c: vector[N]", "Container does not belong to array core"),
    ("array", "for i in 0..N {\n}", "For does not belong to array core"),
    ("array", "score flat() at 1.0: real from y", "Score does not belong to array core"),
    ("array", "a: real = draw flat()", "Draw does not belong to array core"),
    ("array", "a: vector[N] = add(y, w)", "axes of lengths K and N meet"),
    ("array", "a: matrix[N, K] = add(x, y)", "arrays of ranks 2, 1 meet"),
    ("array", "a: real[N, 1] = expand y [:, :]", "what is expanded has rank 1, not 2"),
    ("array", "a: matrix[K, N] = permute x [1, 1]", "[1, 1] is not an order of 2 axes"),
    (
        "array",
        "a: matrix[K, N] = permute x [0, 1]",
        "the expression has the shape (N, K), not that of matrix[K, N]",
    ),
    ("array", "a: matrix[N, K] = broadcast y [N, K]", "an axis of length N is not broadcast to K"),
    ("array", "a: vector[N] = update y[1:N] with y", "(N) is put in the place of (N - 1)"),
    ("array", "a: vector[N] = concat at 1 [y, y]", "no axis 1 in rank 1"),
    ("array", "a: vector[N] = sum(x; axis=[1])", "[1] are not axes of rank 2, counted from the end"),
    ("array", "a: vector[N] = add(y, y; mapped=[++])", "the elementwise `add` takes no axes"),
    (
        "array",
        "a: vector[N] = dot@jnp.dot(x, w; mapped=[++])",
        "`dot` is mapped over axes of lengths K and N",
    ),
    ("array", "a: real[N] = x[0:N, pick g, 0:1]", "3 subscripts for 2 dimensions"),
    (
        "array",
        "a: real = sample numpyro.Normal()",
        "a sample takes a random key in array core, and only there",
    ),
    ("array", "split k from key\na: real = k", "the random key `k` is used as a value"),
    ("array", "split k from y", "`y` is not a random key"),
    ("array", "scan s over N {\n  carry h: vector[K] = 0.0 then h\n}", "the start of `h` has rank 0, not 1"),
    ("array", "scan s over N {\n  carry h: real = 0.0 then w\n}", "what `h` becomes has rank 1, not 0"),
    (
        "array",
        "scan s over K {\n  feed a: real = y\n}",
        "the source of `a` has the type vector[N], not vector[K]",
    ),
    ("array", "scan s over N {\n  carry h: real = 0.0 then h\n}\nfactor h from y", "`h` is not in scope"),
]


@pytest.mark.parametrize(("dialect", "body", "reason"), BROKEN)
def test_a_broken_rule_is_noticed(dialect: Dialect, body: str, reason: str) -> None:
    with pytest.raises(Violation) as raised:
        _check(body, dialect)
    assert raised.value.reason == reason


def test_a_violation_names_its_statement() -> None:
    with pytest.raises(Violation, match=r"^`a` is not bound before it is used in `b: real = add\(a, 1\.0\)`$"):
        _check("b: real = add(a, 1.0)", "structured")


def test_slices_do_not_stand_between_index_arrays() -> None:
    text = "program p(N; x: real[N, N, N] data, g: int[N] data) {\n  a: real[N, N] = x[pick g, 0:N, pick g]\n}\n"
    for dialect in get_args(Dialect):
        with pytest.raises(Violation, match="a slice stands between subscripts that are taken together"):
            check(read(text, LIBRARY), dialect)


def test_prepare_returns_what_the_program_expects() -> None:
    head = "program p(N; a: real prepared) {\n  prepare {\n    b: real = sum(y)\n"
    text = head + "    return {b}\n  }\n  factor a from y\n}\n"
    with pytest.raises(Violation, match="`prepare` does not return"):
        check(read(text, LIBRARY), "array")
    with pytest.raises(Violation, match="`y` is not bound"):
        check(read(text.replace("{b}", "{a = b}"), LIBRARY), "array")
    right = text.replace("{b}", "{a = b}").replace("(N; ", "(N; y: vector[N] data, ")
    check(read(right, LIBRARY), "array")
