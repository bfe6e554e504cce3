"""The layout: golden pairs, programs of the house, and trees made by Hypothesis."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pushforward.dsl import tree as t
from pushforward.dsl.format import WIDTH, format_file, format_source
from pushforward.dsl.parse import parse
from pushforward.dsl.source import Source

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path for folder in ("stdlib", "examples", "tests/dsl/programs") for path in (ROOT / folder).rglob("*.pf")
)


def formatted(text: str) -> str:
    """The layout of a text, which is stable and means the same."""
    result = format_source(Source("f.pf", text))
    assert parse(Source("f.pf", result)) == parse(Source("f.pf", text))
    assert format_source(Source("f.pf", result)) == result
    return result


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_the_programs_of_the_house_keep_their_meaning_and_comments(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    result = formatted(text)
    before, after = (parse(Source("f.pf", version)).comments for version in (text, result))
    assert [comment.text for comment in before] == [comment.text for comment in after]
    code = (line.split("#")[0].rstrip() for line in result.splitlines())
    assert max(map(len, code)) <= WIDTH


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("\n\n\n", ""),
        ("# only this", "# only this\n"),
        ("let  x=1+2*3;;let y=(x)", "let x = 1 + 2 * 3; let y = x\n"),
        ("let x = 1\n\n\n\nlet y = 2\n", "let x = 1\n\nlet y = 2\n"),
        ("model m(){\n\n\nx~normal(0,1)\n\n}", "model m() {\n  x ~ normal(0, 1)\n}\n"),
        ("model m() { x ~ f(); y ~ f() }", "model m() { x ~ f(); y ~ f() }\n"),
        ("model m() {x ~ f()\n y ~ f()}", "model m() {\n  x ~ f()\n  y ~ f()\n}\n"),
        ("model m()\n{\n}", "model m() {}\n"),
        ("model m() {\n# a\n}", "model m() {\n  # a\n}\n"),
        (
            "model m() {   # a\n  # b\n  x ~ f() # c\n\n  # d\n}  # e\n# f",
            "model m() {  # a\n  # b\n  x ~ f()  # c\n\n  # d\n}  # e\n# f\n",
        ),
        (
            "model m() {\n    x ~ normal(0,  # mean\n           1)  # sd\n    y~f()\n}\n",
            "model m() {\n  x ~ normal(0,  # mean\n         1)  # sd\n  y ~ f()\n}\n",
        ),
        ("let x = -(a^2) + (-b)^2 - (c - d) - e", "let x = -a^2 + (-b)^2 - (c - d) - e\n"),
        ("let x = y [ t - 1 , 0 : N-1 ] ' ", "let x = y[t-1, 0:N-1]'\n"),
        ("let x = (if a then b else c) + 1", "let x = (if a then b else c) + 1\n"),
        ("let x = (a * b) .* c", "let x = (a * b) .* c\n"),
        ("z ~ (f() by g) by h", "z ~ (f() by g) by h\n"),
        (
            "let post = sample eight_schools(data_of_the_schools.sigma) | {y = data_of_the_schools.y}"
            " by nuts(chains=4, draws=2000)",
            "let post = sample eight_schools(data_of_the_schools.sigma) | {y = data_of_the_schools.y}\n"
            "  by nuts(chains=4, draws=2000)\n",
        ),
        (
            "model m() { if a { x ~ f() } else if b { x ~ g() } else { if c { x ~ h() } } }",
            "model m() { if a { x ~ f() } else if b { x ~ g() } else { if c { x ~ h() } } }\n",
        ),
        (
            "problem p() {\n  let w = (argmin x { x })\n  minimize f(w) subject to w > 0\n}",
            "problem p() {\n  let w = argmin x { x }\n  minimize f(w)\n  subject to w > 0\n}\n",
        ),
        (
            "problem p() {\n  let w = (argmin x { x })\n  subject to w > 0\n}",
            "problem p() {\n  let w = (argmin x { x })\n  subject to w > 0\n}\n",
        ),
    ],
)
def test_pairs(text: str, expected: str) -> None:
    assert formatted(text) == expected


def test_long_lines_break_inside_brackets() -> None:
    name = "a_rather_long_name"
    assert formatted(f"let x = f({', '.join([name] * 5)})") == f"let x = f(\n  {', '.join([name] * 5)}\n)\n"
    assert formatted(f"let x = f({', '.join([name] * 4)}, g({name}, {name}))") == (
        f"let x = f(\n  {name},\n  {name},\n  {name},\n  {name},\n  g({name}, {name})\n)\n"
    )
    assert formatted(f"let x = {' + '.join([name] * 6)}") == f"let x = {f' +{chr(10)}  '.join([name] * 6)}\n"


def test_joined_statements_that_do_not_fit_get_lines_of_their_own() -> None:
    statement = "theta: vector[J] ~ normal(mu, tau)"
    assert formatted("; ".join([statement] * 2)) == "; ".join([statement] * 2) + "\n"
    assert formatted("; ".join([statement] * 4)) == "\n".join([statement] * 4) + "\n"


# ---------------------------------------------------------------- trees

_NAMES = st.sampled_from(["x", "y", "mu", "sigma_1", "λ", "N", "f", "at_", "dW", "dt", "T"])
_TEXTS = st.text(st.sampled_from('ab "\\\n\tλ#{'), max_size=6)
_NUMBERS = st.one_of(st.integers(0, 10**12), st.floats(0, 1e300, allow_nan=False)).map(t.Number)


@cache
def _expressions(depth: int) -> st.SearchStrategy[t.Expr]:
    leaf: st.SearchStrategy[t.Expr] = st.one_of(
        _NAMES.map(t.Name), _NUMBERS, st.booleans().map(t.Bool), _TEXTS.map(t.String)
    )
    if depth == 0:
        return leaf
    e = _expressions(depth - 1)
    names = _NAMES.map(t.Name)
    arguments = st.lists(st.builds(t.Argument, st.none() | _NAMES, e), max_size=3).map(tuple)
    strategy = st.one_of(names, st.builds(t.Call, names, arguments), st.builds(t.Attribute, names, _NAMES))
    method = st.one_of(
        st.builds(t.Method, strategy, st.none() | strategy),
        st.builds(t.Method, st.none(), st.one_of(strategy, strategy.map(lambda s: t.Unary("unsafe", s)))),
    )
    clauses = st.lists(st.builds(t.Clause, _NAMES, e), min_size=1, max_size=2).map(tuple)
    binders = st.lists(
        st.builds(t.Binder, _NAMES, st.none() | _types(depth - 1), st.none() | e), min_size=1, max_size=2
    )
    kinds = st.sampled_from(["argmin", "argmax", "root", "fixpoint", "saddle"])
    word = st.one_of(names, st.builds(t.Call, names, arguments))  # what `sample` and `integrate` are written before
    return st.one_of(
        leaf,
        st.builds(t.Call, e, arguments),
        st.builds(
            t.Call,
            names,
            st.tuples(st.builds(t.Argument, st.none(), st.builds(t.Comprehension, e, clauses, st.just(False)))),
        ),
        st.builds(t.Attribute, e, _NAMES),
        st.builds(
            t.Subscript,
            e,
            st.lists(st.one_of(e, st.builds(t.Slice, st.none() | e, st.none() | e)), min_size=1, max_size=2).map(tuple),
        ),
        st.builds(t.Unary, st.sampled_from(["-", "+", "!", "plugin"]), e),
        st.builds(
            t.Binary,
            st.sampled_from(
                ["+", "-", "*", "/", "^", ".*", "./", ".^", "<", "<=", ">", ">=", "==", "!=", "&&", "||", "|", "%"]
            ),
            e,
            e,
        ),
        st.builds(t.Transpose, e),
        st.builds(t.IfExpr, e, e, e),
        st.builds(t.Range, e, e),
        st.builds(t.At, e, e),
        st.lists(e, max_size=3).map(lambda items: t.ListExpr(tuple(items))),
        st.builds(t.Comprehension, e, clauses, st.just(True)),
        st.lists(st.builds(t.Field, _NAMES, st.none() | e), max_size=3).map(lambda fields: t.RecordExpr(tuple(fields))),
        st.builds(t.Lambda, _parameters(depth - 1), st.one_of(e, _blocks(depth - 1))),
        st.builds(t.Expect, _blocks(depth - 1)),
        st.builds(t.Integrate, word, e, e),
        st.builds(t.Run, st.sampled_from(["maximize", "minimize", "sample", "simulate", "predict", "solve"]), word),
        st.builds(
            t.Solve, kinds, binders.map(tuple), st.none() | e, _blocks(depth - 1), st.lists(e, max_size=2).map(tuple)
        ),
        st.builds(t.Hole, e, method),
    )


@cache
def _types(depth: int) -> st.SearchStrategy[t.TypeExpr]:
    e = _expressions(depth)
    bounds = st.lists(st.builds(t.Bound, st.sampled_from(["lower", "upper"]), e), max_size=2).map(tuple)
    plain = st.builds(t.TypeExpr, _NAMES, bounds, st.lists(e, max_size=2).map(tuple))
    any_rank = _NAMES.map(lambda name: t.TypeExpr(name, any_rank=True))
    network = st.builds(
        lambda name, n: t.TypeExpr(name, arguments=(t.Argument("in", n), t.Argument("out", n))), _NAMES, _NUMBERS
    )
    return st.one_of(plain, any_rank, network)


@cache
def _parameters(depth: int) -> st.SearchStrategy[tuple[t.Parameter, ...]]:
    one = st.builds(t.Parameter, _NAMES, st.none() | _types(depth), st.none() | _expressions(depth))
    return st.lists(one, max_size=2).map(tuple)


@cache
def _statements(depth: int) -> st.SearchStrategy[t.Statement]:
    e, types = _expressions(depth), _types(depth)
    names = _NAMES.map(t.Name)
    target = st.one_of(names, st.builds(t.Subscript, names, st.tuples(e)))
    method = st.builds(t.Method, names, st.none() | names)
    values = st.lists(e, min_size=1, max_size=2).map(tuple)
    alone = e.filter(lambda value: not _is_optimise(value))
    options = [
        st.builds(t.Let, _NAMES, st.none() | types, st.none() | e),
        st.builds(t.Declare, _NAMES, types),
        st.builds(t.Site, target, st.none(), e, st.none() | method),
        st.builds(t.Site, names, types, e, st.none() | method),
        st.builds(t.Assign, target, e),
        st.builds(t.Factor, e),
        st.builds(t.Param, _NAMES, types, st.none() | e),
        st.builds(t.Return, e),
        st.builds(t.Optimise, st.sampled_from(["minimize", "maximize"]), e, st.none() | method),
        st.builds(t.SubjectTo, values),
        st.builds(t.Print, values),
        st.builds(t.ExprStatement, alone),
    ]
    if depth:
        block = _blocks(depth - 1)
        options += [st.builds(t.For, _NAMES, e, block), st.builds(t.If, e, block, st.none() | block)]
    return st.one_of(options)


def _is_optimise(e: t.Expr) -> bool:
    """`minimize e` by itself is read as the statement of a problem."""
    value = e.value if isinstance(e, t.Hole) else e
    return isinstance(value, t.Run) and value.verb in ("minimize", "maximize")


@cache
def _blocks(depth: int) -> st.SearchStrategy[t.Block]:
    """Constraints do not follow a lone expression: they would be read as belonging to it."""

    def sensible(statements: list[t.Statement]) -> bool:
        return not any(
            isinstance(one, t.ExprStatement) and isinstance(next_, t.SubjectTo) for one, next_ in pairwise(statements)
        )

    return st.lists(_statements(depth), max_size=3).filter(sensible).map(lambda found: t.Block(tuple(found)))


_DOC = st.sampled_from(["", "One line.", "Two\n\nlines."])
_ITEMS = st.one_of(
    st.builds(t.Program, st.sampled_from(["model", "objective", "problem"]), _NAMES, _parameters(1), _blocks(2), _DOC),
    st.builds(
        t.Function,
        _NAMES,
        st.sampled_from([(), ("elementwise",), ("elementwise", "kinked")]),
        _parameters(1),
        st.none() | _types(1),
        st.one_of(_expressions(2), _blocks(2), st.sampled_from([t.Extern("jnp.abs"), t.Extern("a.b:c")])),
        _DOC,
    ),
    st.builds(
        t.Distribution,
        _NAMES,
        _parameters(1),
        _types(1),
        st.lists(
            st.builds(
                t.Member, _NAMES, st.lists(_NAMES, max_size=2).map(tuple), st.one_of(_expressions(2), _blocks(1))
            ),
            max_size=2,
        ).map(tuple),
        _DOC,
    ),
    st.builds(t.Let, _NAMES, st.none(), _expressions(3)),
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(_ITEMS, max_size=2).map(lambda items: t.File(tuple(items))))
def test_what_is_written_of_a_tree_is_read_as_that_tree(file: t.File) -> None:
    text = format_file(file)
    assert parse(Source("tree.pf", text)) == file, text
    assert format_source(Source("tree.pf", text)) == text
