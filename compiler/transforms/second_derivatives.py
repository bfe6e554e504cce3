"""second_derivatives: the matrices of second derivatives that a program takes are given back too.

    h = hessian_u(m)              the same, and
    return {w}                    return {w, "second derivatives of hessian_u@4": h}

Whoever uses one as a precision has to know whether it is definite.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.transforms.reports import place

#: What the key of a matrix begins with, in what a program gives back.
PREFIX = "second derivatives of "


def second_derivatives(program: ir.Program) -> ir.Program:
    """The program (array core) that gives back its Hessians, save of those inside of scans."""
    fields: list[tuple[str, ir.Atom]] = []
    for stmt in program.body:
        match stmt:
            case ir.Let(name, _, ir.Call(op=ir.Op(name=label, hole=hole))) if hole is not None:
                if hole.kind == "hessian":
                    fields.append((f"{PREFIX}{label}@{place(stmt.span, program)}", ir.Var(name)))
            case _:
                pass
    body = tuple(s for s in program.body if not isinstance(s, ir.Return))
    (given,) = [s for s in program.body if isinstance(s, ir.Return)] or [ir.Return((), span=program.span)]
    return replace(program, body=(*body, replace(given, fields=(*given.fields, *fields))))
