"""Random keys of a function that draws: one split for all that it takes from its stream.

    key, key_x = split(key)          key_x, key_y = split(key, 2)
    key, key_y = split(key)

A split costs as much as a handful of draws. A function with a single draw needs none.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir

STREAM = "key"


def together(body: tuple[ir.Stmt, ...]) -> tuple[tuple[ir.Stmt, ...], tuple[str, ...]]:
    """The statements, and the names of the keys that are split off the stream at once. A single key is the stream
    itself."""
    splits = [s for s in body if isinstance(s, ir.Split) and s.key == STREAM]
    if len(splits) != 1 or splits[0].count is not None:
        return body, tuple(s.name for s in splits)
    name = splits[0].name

    def one(stmt: ir.Stmt) -> ir.Stmt:
        if isinstance(stmt, ir.Let) and isinstance(stmt.expr, ir.Sample) and stmt.expr.key == name:
            return replace(stmt, expr=replace(stmt.expr, key=STREAM))
        return stmt

    return tuple(one(s) for s in body if s is not splits[0]), ()
