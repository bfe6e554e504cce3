"""measures: densities inside of the expressions of a model as numbers, before anything is asked of it.

total t {                                 t_1 = z[0]
  t_1 = z[0]                              t_2 = ...                # log N(t_1; 0, 1)
  score normal(0.0, 1.0) at t_1    ->     t = t_2
}

What scores the variables of the model itself is not touched: it is not there yet. An objective keeps its densities
until its choices are known, for they say which of them a density multiplies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, statements
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.density import density
from pushforward.compiler.transforms.predicate import branches, types_of
from pushforward.compiler.transforms.totals import totals
from pushforward.compiler.transforms.truncation import truncation
from pushforward.dsl.types import Array


def measures(program: ir.Program) -> ir.Program:
    """The program without `Total`."""
    if not any(isinstance(s, ir.Total) for s in statements(program.body)):
        return program
    program = density(truncation(program))
    out = Builder(Fresh(names_of(program)))
    _block(program.body, out, types_of(program))
    return totals(replace(program, body=tuple(out.statements)))


def _block(body: Iterable[ir.Stmt], out: Builder, types: dict[str, Array]) -> None:
    for stmt in body:
        match stmt:
            case ir.Total():
                with out.block() as inner:
                    branches(stmt.body, out, types)
                out.add(replace(stmt, body=tuple(inner)))
            case ir.For():
                with out.block() as inner:
                    _block(stmt.body, out, types)
                out.add(replace(stmt, body=tuple(inner)))
            case ir.If():
                with out.block() as then:
                    _block(stmt.then, out, types)
                with out.block() as orelse:
                    _block(stmt.orelse, out, types)
                out.add(replace(stmt, then=tuple(then), orelse=tuple(orelse)))
            case _:
                out.add(stmt)
