"""totals: the sum of the factors of a block as a number.

total t {                            terms: real[N]
  factor a                           for i in 0..N { t_1 = u[i]; terms[i] = t_1 }
  for i in 0..N {                    t_2 = sum(terms)
    t_1 = u[i]; factor t_1           t = add(a, t_2)
  }
}
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of
from pushforward.compiler.errors import not_yet
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.dsl.types import REAL, Array, Dim


def totals(program: ir.Program) -> ir.Program:
    """The program without `Total`. Expects `predicate` to have run in what it sums."""
    out = Builder(Fresh(names_of(program)))
    _block(program.body, out)
    return replace(program, body=tuple(out.statements))


def _block(body: Iterable[ir.Stmt], out: Builder) -> None:
    for stmt in body:
        match stmt:
            case ir.Total():
                _total(stmt, out)
            case ir.For():
                with out.block() as inner:
                    _block(stmt.body, out)
                out.add(replace(stmt, body=tuple(inner)))
            case ir.If():
                with out.block() as then:
                    _block(stmt.then, out)
                with out.block() as orelse:
                    _block(stmt.orelse, out)
                out.add(replace(stmt, then=tuple(then), orelse=tuple(orelse)))
            case _:
                out.add(stmt)


def _total(total: ir.Total, out: Builder) -> None:
    span = total.span
    with out.block() as flat:
        _block(total.body, out)
    containers: list[ir.Container] = []
    terms: list[ir.Atom] = []
    with out.block() as body:
        _stored(flat, (), containers, terms, out)
    out.statements.extend((*containers, *body))
    summed = {c.name for c in containers}
    numbers: list[ir.Atom] = []
    for term in terms:
        inside = isinstance(term, ir.Var) and term.name in summed
        numbers.append(out.let(REAL, ir.Call(ops.SUM, (term,), span=span), span=span) if inside else term)
    *before, last = numbers or [ir.Lit(0.0)]
    added: ir.Atom | None = None
    for number in before:
        both = None if added is None else ir.Call(ops.ADD, (added, number), span=span)
        added = number if both is None else out.let(REAL, both, span=span)
    whole = ir.Copy(last, span=span) if added is None else ir.Call(ops.ADD, (added, last), span=span)
    out.let(REAL, whole, name=total.name, span=span)


def _stored(
    body: Iterable[ir.Stmt],
    loops: tuple[ir.For, ...],
    containers: list[ir.Container],
    terms: list[ir.Atom],
    out: Builder,
) -> None:
    """The statements without factors: one in loops is stored to a container. `terms` are what is to be added."""
    for stmt in body:
        match stmt:
            case ir.Factor(value) if not loops:
                terms.append(value)
            case ir.Factor(value):
                name, dims = out.fresh("terms"), tuple(loop.upper - loop.lower for loop in loops)
                if {n for d in dims for n in d.names} & {loop.index for loop in loops}:
                    raise not_yet("a density in an expression, with loops whose bounds follow other loops", stmt.span)
                place = tuple(ir.At(Dim.name(loop.index) - loop.lower) for loop in loops)
                containers.append(ir.Container(name, Array("real", dims), span=stmt.span))
                terms.append(ir.Var(name))
                out.add(ir.Store(name, place, value, span=stmt.span))
            case ir.For():
                with out.block() as inner:
                    _stored(stmt.body, (*loops, stmt), containers, terms, out)
                out.add(replace(stmt, body=tuple(inner)))
            case _:
                out.add(stmt)
