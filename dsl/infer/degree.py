"""The degree of an expression as a polynomial in some names: what is quadratic, what is affine.

Sums, products, powers with literal exponents, linear algebra, reductions that add, and functions of the language made
of
these. Of anything else nothing is known, which is degree infinity.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from pushforward.dsl.infer.walk import names_in
from pushforward.dsl.typed import (
    Apply,
    ArrayLiteral,
    Body,
    Comprehension,
    Const,
    Convert,
    Expr,
    IfElse,
    Index,
    Let,
    RecordExpr,
    Ref,
    Size,
)  # fmt: skip

_ADD = frozenset(("add", "subtract", "negate", "transpose"))
_TIMES = frozenset(("multiply", "matmul"))
#: Functions from outside of the language that are linear in their only argument that moves.
_LINEAR = frozenset(("sum", "mean", "trace", "diagonal", "row_sums", "column_sums", "reverse", "append"))
#: Functions from outside that are bilinear.
_BILINEAR = frozenset(("dot", "outer", "kron"))
_SQUARE = frozenset(("square", "dot_self"))


def degree(e: Expr, known: Mapping[str, float]) -> float:
    """The degree in the names of `known` that have one above 0; names that are not in it are constants."""
    match e:
        case Const() | Size():
            return 0
        case Ref(name=name):
            return known.get(name, 0)
        case Convert(value=value):
            return degree(value, known)
        case Apply():
            return _applied(e, known)
        case Index(base=base):
            moving = {n for n, d in known.items() if d} & (names_in(e) - names_in(base))
            return inf if moving else degree(base, known)
        case ArrayLiteral(items=items):
            return max((degree(i, known) for i in items), default=0)
        case RecordExpr(fields=fields):
            return max((degree(v, known) for _, v in fields), default=0)
        case Comprehension(element=element):
            return degree(element, known)
        case IfElse(condition=condition, then=then, orelse=orelse) if not degree(condition, known):
            return max(degree(then, known), degree(orelse, known))
        case _:
            return inf if names_in(e) & {n for n, d in known.items() if d} else 0


def degree_of_body(body: Body, known: Mapping[str, float]) -> float:
    """The degree of what a body leads to, its `let`s followed."""
    inner = dict(known)
    for stmt in body.statements:
        if not isinstance(stmt, Let):
            return inf
        inner[stmt.name] = degree(stmt.value, inner)
    return degree(body.result, inner)


def _applied(e: Apply, known: Mapping[str, float]) -> float:
    degrees = [degree(a, known) for a in e.arguments]
    name = e.function.name
    if not any(degrees):
        return 0
    if name in _ADD or name in _LINEAR:
        return max(degrees)
    if name in _TIMES or name in _BILINEAR:
        return sum(degrees)
    if name == "divide":
        return degrees[0] if not degrees[1] else inf
    if name in _SQUARE:
        return 2 * degrees[0]
    if name == "power":
        match e.arguments[1]:
            case Const(value=int(n)) | Convert(value=Const(value=int(n))) if n >= 0:
                return n * degrees[0]
            case Const(value=float(x)) if x >= 0 and x.is_integer():
                return x * degrees[0]
            case _:
                return inf
    if e.function.body is not None:
        inner = {p.name: d for p, d in zip(e.function.parameters, degrees, strict=True)}
        return degree_of_body(e.function.body, inner)
    return inf
