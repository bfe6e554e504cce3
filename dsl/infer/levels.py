"""The lower levels of a problem: what its `argmin`s minimise, found in its statements.

    let w = argmin u: T { loss }                   the level w: T, whose loss is that of u = w

    let w: matrix[m, D]                            the level w: real[m, D], whose loss is the sum of those
    for i in 0..m {                                of u = w[i]
      w[i] = argmin u: vector[D] { loss }
    }

A loop over `batch(m, B)` makes blocks of them, of which a step looks at B.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pushforward.dsl import tree
from pushforward.dsl.infer.taint import head, names_of, nodes_of
from pushforward.dsl.source import Span


@dataclass(frozen=True)
class Found:
    """A lower level: the name that it gives a value, its hole, the statement that it stands in, and, in a loop, the
    statements beside it."""

    name: str
    hole: tree.Solve
    statement: tree.Let | tree.For
    beside: tuple[tree.Statement, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What its unknowns are called in the problem."""
        if len(self.hole.binders) == 1:
            return (self.name,)
        return tuple(f"{self.name}_{b.name}" for b in self.hole.binders)

    def binders(self) -> tuple[tree.Binder, ...]:
        """Its unknowns; in a loop with the length of the loop in front."""
        pairs = zip(self.names, self.hole.binders, strict=True)
        if isinstance(self.statement, tree.Let):
            return tuple(replace(b, name=n) for n, b in pairs)
        return tuple(replace(b, name=n, type=repeated(b.type, ends(self.statement)[1], b.span)) for n, b in pairs)


def levels(statements: Iterable[tree.Statement]) -> Iterator[Found]:
    """The lower levels, in order. An `argmin` inside of another expression is none: it is solved at each look."""
    for stmt in statements:
        match stmt:
            case tree.Let(name=name, value=value) if value is not None and (hole := minimised(value)) is not None:
                yield Found(name, hole, stmt)
            case tree.For(body=body):
                for inner in body.statements:
                    hole = minimised(inner.value) if isinstance(inner, tree.Assign) else None
                    if isinstance(inner, tree.Assign) and hole is not None:
                        yield Found(head(inner.target), hole, stmt, tuple(s for s in body.statements if s is not inner))
            case _:
                pass


def minimised(value: tree.Expr) -> tree.Solve | None:
    """The hole that an expression is, if it is an `argmin` or an `argmax`."""
    hole = value.value if isinstance(value, tree.Hole) else value
    return hole if isinstance(hole, tree.Solve) and hole.kind in ("argmin", "argmax") else None


def given_back(let: tree.Let) -> list[tree.Field]:
    """What a problem gives back of a `let`: a hole of several unknowns gives each of them, `game_p` for `game.p`."""
    hole = let.value.value if isinstance(let.value, tree.Hole) else let.value
    if not isinstance(hole, tree.Solve) or len(hole.binders) == 1:
        return [tree.Field(let.name, None, span=let.span)]
    whole = tree.Name(let.name, span=let.span)
    parts = [(b.name, tree.Attribute(whole, b.name, span=let.span)) for b in hole.binders]
    return [tree.Field(f"{let.name}_{name}", value, span=let.span) for name, value in parts]


def ends(loop: tree.For) -> tuple[tree.Expr, tree.Expr]:
    """Where a loop begins and ends: that over `batch(m, B)`, in full, goes from 0 to m."""
    match loop.iterable:
        case tree.Range(lower=lower, upper=upper):
            return lower, upper
        case tree.Call(arguments=(tree.Argument(value=whole), *_)):
            return tree.Number(0, "0", span=loop.span), whole
        case other:
            return other, other


def repeated(type_: tree.TypeExpr | None, length: tree.Expr, span: Span) -> tree.TypeExpr:
    """The type of so many values of a type."""
    if type_ is None:
        return tree.TypeExpr("real", dims=(length,), span=span)
    name = "real" if type_.name in ("vector", "matrix") else type_.name
    return replace(type_, name=name, dims=(length, *type_.dims))


def spread(statements: tuple[tree.Statement, ...], names: frozenset[str]) -> frozenset[str]:
    """The names that follow from some names through statements, these included."""
    known = set(names)
    pairs = [(defined(s), reads(s)) for s in statements]
    while more := {t for defines, read in pairs if (read | defines) & known for t in defines} - known:
        known |= more
    return frozenset(known)


def reads(node: tree.Statement) -> frozenset[str]:
    """Every name that is read in a statement."""
    return names_of(node)


def defined(node: tree.Statement) -> frozenset[str]:
    """What a statement of a problem gives a value."""
    found: set[str] = set()
    for inner in nodes_of(node):
        match inner:
            case tree.Let(name=name):
                found.add(name)
            case tree.Assign(target=target):
                found.add(head(target))
            case _:
                pass
    return frozenset(found)
