"""Interval arithmetic is sound: the value of random arithmetic lies in the interval that its type promises."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import hypothesis.strategies as st
from hypothesis import given, settings

from pushforward.dsl.infer import infer
from pushforward.dsl.infer.intervals import interval_of
from pushforward.dsl.parse import parse
from pushforward.dsl.source import Source
from pushforward.dsl.typed import Let
from pushforward.stdlib.catalogue import catalogue

HEAD = "model m(p: positive, q: nonneg, u: unit, r: real, s: real<upper=-1>, t: real<lower=-2, upper=3>) {\n"

VALUES = {
    "p": st.sampled_from([1e-3, 0.5, 1.0, 7.0]),
    "q": st.sampled_from([0.0, 0.5, 9.0]),
    "u": st.sampled_from([0.0, 0.25, 1.0]),
    "r": st.sampled_from([-3.0, -0.5, 0.0, 2.0]),
    "s": st.sampled_from([-8.0, -1.0]),
    "t": st.sampled_from([-2.0, -1.0, 0.0, 3.0]),
}
#: A term as it is written here and as Python evaluates it.
Term: TypeAlias = tuple[str, str]

leaves = st.sampled_from([(text, text) for text in (*VALUES, "2", "0.5", "3")])


def same(form: str) -> Callable[..., Term]:
    """The builder of terms of a form that is written alike in both languages."""
    return lambda *parts: (form.format(*(p[0] for p in parts)), form.format(*(p[1] for p in parts)))


def power(base: Term, exponent: int) -> Term:
    return f"({base[0]})^{exponent}", f"({base[1]})**{exponent}"


def choice(a: Term, b: Term) -> Term:
    return f"(if {a[0]} > 0 then {a[0]} else {b[0]})", f"({a[1]} if {a[1]} > 0 else {b[1]})"


def operators(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    forms = ("({} + {})", "({} - {})", "({} * {})", "({} / {})")
    return st.one_of(
        *(st.builds(same(form), inner, inner) for form in forms),
        st.builds(same("(-{})"), inner),
        st.builds(same("exp({})"), inner),
        st.builds(power, inner, st.sampled_from([2, 3])),
        st.builds(choice, inner, inner),
    )


terms = st.recursive(leaves, operators, max_leaves=6)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(terms, st.fixed_dictionaries(VALUES))
def test_values_lie_in_their_interval(term: Term, values: dict[str, float]) -> None:
    source = Source("t.pf", f"{HEAD}  z ~ normal(r, 1)\n  let v = {term[0]}\n}}\n")
    let = infer(parse(source), catalogue()).typed.programs[0].body[-1]
    assert isinstance(let, Let)
    known = interval_of(let.value)
    try:
        value = eval(term[1], {"exp": math.exp, **values})
    except (ZeroDivisionError, OverflowError):
        return
    slack = 1e-9 * max(1.0, abs(value))
    assert known.lo - slack <= value <= known.hi + slack
