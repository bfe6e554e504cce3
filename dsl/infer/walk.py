"""The parts of typed expressions, for questions such as which names occur."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, cast

from pushforward.dsl.typed import (
    Apply,
    ArrayLiteral,
    Body,
    Comprehension,
    Container,
    Convert,
    Draw,
    Expr,
    ExprNode,
    Factor,
    FieldOf,
    For,
    If,
    IfElse,
    Index,
    Let,
    LogDensity,
    Mixture,
    RecordExpr,
    Ref,
    Return,
    Site,
    SliceSub,
    Solve,
    Statement,
    Store,
    Transformed,
)  # fmt: skip


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside one."""
    match expr:
        case Apply(arguments=parts) | ArrayLiteral(items=parts) | Draw(arguments=parts):
            return parts
        case Convert(value=value) | FieldOf(value=value):
            return (value,)
        case Index(base=base, subs=subs):
            ends = [e for s in subs for e in ((s.lower, s.upper) if isinstance(s, SliceSub) else (s,))]
            return (base, *ends)
        case Comprehension(lower=lower, upper=upper, element=element):
            return (lower, upper, element)
        case IfElse(condition=condition, then=then, orelse=orelse):
            return (condition, then, orelse)
        case RecordExpr(fields=fields):
            return tuple(value for _, value in fields)
        case Mixture(weights=weights, components=components):
            return (weights, *components)
        case Transformed(of=of, vector=vector):
            bounds = (of.constraint.lower, of.constraint.upper)
            return (vector, *(b for b in bounds if isinstance(b, ExprNode)))
        case LogDensity(body=statements):
            return tuple(e for stmt in statements for e in _in_statement(stmt))
        case Solve(unknowns=unknowns, parts=parts, times=times):
            starts = [e for e in (*(u.start for u in unknowns), times) if e is not None]
            return (*starts, *(e for _, body in parts for e in expressions_of(body)))
        case _:
            return ()


def expressions_of(body: Body) -> tuple[Expr, ...]:
    """The expressions in the statements of a body, and its result."""
    return (*(e for stmt in body.statements for e in _in_statement(stmt)), body.result)


def _in_statement(stmt: Statement) -> Iterator[Expr]:
    """The expressions in a statement: of any kind, by its fields."""
    for f in fields(stmt):
        yield from _found(getattr(stmt, f.name))


def _found(value: object) -> Iterator[Expr]:
    match value:
        case ExprNode():
            yield cast(Expr, value)
        case SliceSub():
            yield from (value.lower, value.upper)
        case tuple():
            for item in value:
                yield from _found(item)
        case Let() | Container() | Store() | Site() | For() | If() | Factor() | Return():
            yield from _in_statement(value)
        case _:
            pass


def renamed(expr: Expr, old: str, new: str) -> Expr:
    """The expression with one unique name replaced by another."""

    def part(value: object) -> object:
        match value:
            case Ref(name=name):
                return replace(value, name=new) if name == old else value
            case tuple():
                return tuple(part(v) for v in value)
            case ExprNode() | SliceSub():
                kept = ("type", "stage", "span", "function", "distribution")
                names = [f.name for f in fields(value) if f.name not in kept]
                changed: dict[str, Any] = {name: part(getattr(value, name)) for name in names}
                return replace(value, **changed)
            case _:
                return value

    result = part(expr)
    assert isinstance(result, ExprNode)
    return cast(Expr, result)


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and all inside it."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def names_in(expr: Expr) -> set[str]:
    """The unique names that an expression reads."""
    return {e.name for e in walk(expr) if isinstance(e, Ref)}
