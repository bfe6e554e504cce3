"""holes: the bodies of holes, planned.

    t = argmin_1(start, X)        the same, with the loss of argmin_1 in array core, and what of it does not
                                  follow the unknowns in a part of its own, computed once

A hole in the body of a hole is planned with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.holes import Part

Steps = Callable[[ir.Program], ir.Program]


def plan_holes(program: ir.Program, steps: Steps) -> ir.Program:
    """The program with every body of its holes taken through `steps`."""
    body = tuple(_statement(s, steps) for s in program.body)
    prepare = tuple(_statement(s, steps) for s in program.prepare)
    return program if (body, prepare) == (program.body, program.prepare) else replace(program, body=body, prepare=prepare)


def _statement(stmt: ir.Stmt, steps: Steps) -> ir.Stmt:
    match stmt:
        case ir.Let(expr=ir.Call(op=ir.Op(hole=hole) as op) as expr) if hole is not None:
            parts = tuple(_part(p, steps) for p in hole.parts)
            return replace(stmt, expr=replace(expr, op=replace(op, hole=replace(hole, parts=parts))))
        case ir.Scan() | ir.For() | ir.Total():
            return replace(stmt, body=tuple(_statement(s, steps) for s in stmt.body))
        case _:
            return stmt


def _part(part: Part, steps: Steps) -> Part:
    planned = steps(part.program)
    return replace(part, program=plan_holes(planned, steps))

