"""Statements written one after another, with fresh names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh
from pushforward.dsl.source import NOWHERE, Span
from pushforward.dsl.types import Array, Dim


class Builder:
    """Collects the statements of one block; `block()` opens a nested one."""

    def __init__(self, fresh: Fresh) -> None:
        self.fresh = fresh
        self.statements: list[ir.Stmt] = []

    def add(self, stmt: ir.Stmt) -> None:
        """Append a statement."""
        self.statements.append(stmt)

    def let(self, type_: Array, expr: ir.Expr, *, name: str | None = None, span: Span = NOWHERE) -> ir.Var:
        """Bind an expression to `name`, or to a temporary."""
        chosen = name if name is not None else self.fresh("t")
        self.add(ir.Let(chosen, type_, expr, span=span))
        return ir.Var(chosen)

    @contextmanager
    def at(self, span: Span) -> Iterator[None]:
        """Statements added inside that come from another text (a file of the library) come from `span`
        instead: from the line of the user's program that called for them.
        """
        with self.block() as inner:
            yield
        for stmt in inner:
            self.add(respan(stmt, span))

    @contextmanager
    def block(self) -> Iterator[list[ir.Stmt]]:
        """Statements added inside go to the list that is yielded."""
        outer, self.statements = self.statements, []
        inner = self.statements
        try:
            yield inner
        finally:
            self.statements = outer

    @contextmanager
    def loops(self, dims: tuple[Dim, ...], span: Span = NOWHERE) -> Iterator[tuple[Dim, ...]]:
        """Nested loops over `0..d` for every dimension; yields the indices as dimensions."""
        if not dims:
            yield ()
            return
        index = self.fresh("i")
        with self.block() as body, self.loops(dims[1:], span) as rest:
            yield (Dim.name(index), *rest)
        self.add(ir.For(index, Dim(()), dims[0], tuple(body), span=span))


def respan(stmt: ir.Stmt, span: Span) -> ir.Stmt:
    """The statement, and the ones in it, at `span` where they come from another text."""
    if not span.end:
        return stmt
    here = stmt.span if stmt.span.source.name == span.source.name else span
    match stmt:
        case ir.For():
            return replace(stmt, body=tuple(respan(s, span) for s in stmt.body), span=here)
        case ir.If():
            then, orelse = (tuple(respan(s, span) for s in b) for b in (stmt.then, stmt.orelse))
            return replace(stmt, then=then, orelse=orelse, span=here)
        case ir.Let():
            return replace(stmt, expr=replace(stmt.expr, span=here), span=here)
        case _:
            return replace(stmt, span=here)
