"""reports: how each hole was solved is given back too.

    w_solution = argmin_w(start, X)       the same, and
    return {w}                            report = report(w_solution)
                                          return {w, "argmin_w at m.pf:4": report}

A report is [status, residual, iterations], for each iteration of the loops around the hole.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.holes import REPORT
from pushforward.compiler.core.walk import Fresh, names_of
from pushforward.dsl.source import Span
from pushforward.dsl.types import Array

_REPORT = ir.Op("report", "rt.solves.report")

#: What a key of a report begins with, in what a program gives back.
PREFIX = "report of "


def place(span: Span, program: ir.Program) -> str:
    """A line, with its file where that is another than the program's."""
    here = span.source.name == program.span.source.name
    return str(span.line) if here else f"{span.line} of {span.source.name.rsplit('/', 1)[-1]}"


def reports(program: ir.Program) -> ir.Program:
    """The program (array core) that gives back the reports of its holes, save of those inside of scans."""
    fresh = Fresh(names_of(program))
    more: list[ir.Stmt] = []
    fields: list[tuple[str, ir.Atom]] = []
    for stmt in program.body:
        match stmt:
            case ir.Let(name, type_, ir.Call(op=ir.Op(name=label, hole=hole))) if hole is not None and hole.reports:
                found = fresh(f"report_of_{label}")
                shape = Array("real", (*type_.dims[:-1], REPORT))
                more.append(ir.Let(found, shape, ir.Call(_REPORT, (ir.Var(name),), span=stmt.span), span=stmt.span))
                fields.append((f"{PREFIX}{label}@{place(stmt.span, program)}", ir.Var(found)))
            case _:
                pass
    body: list[ir.Stmt] = [s for s in program.body if not isinstance(s, ir.Return)]
    (given,) = [s for s in program.body if isinstance(s, ir.Return)] or [ir.Return((), span=program.span)]
    return replace(program, body=(*body, *more, replace(given, fields=(*given.fields, *fields))))
