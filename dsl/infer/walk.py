"""The parts of typed expressions, for questions such as which names occur."""

from __future__ import annotations

from collections.abc import Iterator

from pushforward.dsl.typed import (
    Apply,
    ArrayLiteral,
    Comprehension,
    Convert,
    Draw,
    Expr,
    FieldOf,
    IfElse,
    Index,
    Mixture,
    RecordExpr,
    Ref,
    SliceSub,
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
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and all inside it."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def names_in(expr: Expr) -> set[str]:
    """The unique names that an expression reads."""
    return {e.name for e in walk(expr) if isinstance(e, Ref)}
