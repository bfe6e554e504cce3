"""hoist: split off what depends on the data alone.

    t_1 = lgamma(add(y, 1))       prepare:     t_1 = lgamma(add(y, 1)); t_2 = sum(t_1)
    t_2 = sum(t_1)                the rest:    factor negate(t_2)
    factor negate(t_2)

What the data determine is computed once, by `prepare`; the rest reads it. Slices, copies and other steps that
cost nothing are worth hoisting only as part of something that is read later.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, bound, names_of, rename, statements, used
from pushforward.compiler.lower.operations import ADD
from pushforward.compiler.transforms.dead_code import dead_code
from pushforward.dsl.types import REAL, Array

TEMPORARY = re.compile(r"t(_\d+)*$")


def hoist(program: ir.Program) -> ir.Program:
    """The program (array core) with its early part in `prepare`. Random draws are never hoisted."""
    data = {i.name: i.type for i in program.inputs if i.role == "data"}
    known = set(program.statics) | set(data)
    early: list[ir.Stmt] = []
    late: list[ir.Stmt] = []
    for stmt in program.body:
        if not isinstance(stmt, (ir.Factor, ir.Return)) and used(_outside(stmt)) <= known and not _random(stmt):
            early.append(stmt)
            known |= bound(stmt)
        else:
            late.append(stmt)
    late, constant = _constant(late, known, Fresh(names_of(program)))
    early += constant
    again = _cheap(early, used(tuple(late)))
    late = [*again, *late]
    needed = used(tuple(late)) - {n for s in again for n in bound(s)}
    early, late = _named(early, late, needed, Fresh(names_of(program)))
    needed = used(tuple(late)) - {n for s in again for n in bound(s)}
    types = dict(data)
    for stmt in early:
        types.update(_types(stmt))
    shared = [n for n in types if n in needed]
    prepare = (*early, ir.Return(tuple((n, ir.Var(n)) for n in shared), span=program.span))
    prepare = dead_code(replace(program, body=prepare)).body
    prepared = tuple(ir.Input(n, types[n], "prepared") for n in shared)
    return replace(program, inputs=(*program.inputs, *prepared), body=tuple(late), prepare=prepare)


def _named(
    early: list[ir.Stmt], late: list[ir.Stmt], needed: frozenset[str], fresh: Fresh
) -> tuple[list[ir.Stmt], list[ir.Stmt]]:
    """Temporaries that cross from the early part to the late one get a name that says so."""
    crossing = {n for s in early for n in bound(s) if TEMPORARY.match(n)} & needed
    names = {n: fresh("known") for s in early for n in sorted(bound(s)) if n in crossing}
    atoms: dict[str, ir.Atom] = {old: ir.Var(new) for old, new in names.items()}

    def one(stmt: ir.Stmt) -> ir.Stmt:
        stmt = rename(stmt, atoms)
        return replace(stmt, name=names[stmt.name]) if isinstance(stmt, ir.Let) and stmt.name in names else stmt

    return [one(s) for s in early], [one(s) for s in late]


def _constant(late: list[ir.Stmt], known: set[str], fresh: Fresh) -> tuple[list[ir.Stmt], list[ir.Stmt]]:
    """Factors that the data determine, as one number: the late statements with a single factor for them, and
    the early sum.
    """
    fixed = [s for s in late if isinstance(s, ir.Factor) and not s.into and used(s) <= known]
    if not fixed:
        return late, []
    number = sum(float(s.value.value) for s in fixed if isinstance(s.value, ir.Lit))
    terms = [s for s in fixed if not isinstance(s.value, ir.Lit)]
    terms += [ir.Factor(ir.Lit(number), "literals")] if number or not terms else []
    total: ir.Atom = terms[0].value
    early: list[ir.Stmt] = []
    for place, factor in enumerate(terms[1:], 2):
        name = fresh("constant" if place == len(terms) else "t")
        early.append(ir.Let(name, REAL, ir.Call(ADD, (total, factor.value), span=factor.span), span=factor.span))
        total = ir.Var(name)
    rest = [s for s in late if s not in fixed]
    return [ir.Factor(total, "terms of the data alone"), *rest], early


def _cheap(early: list[ir.Stmt], wanted: frozenset[str]) -> list[ir.Stmt]:
    """Early steps that cost nothing and are wanted later: they are done again there, with the cheap steps
    that they read.
    """
    lets = {s.name: s for s in early if isinstance(s, ir.Let) and _free_of_cost(s.expr)}
    names = wanted & lets.keys()
    while more := frozenset(n for name in names for n in used(lets[name]) if n in lets) - names:
        names |= more
    return [s for s in early if isinstance(s, ir.Let) and s.name in names]


def _outside(stmt: ir.Stmt) -> object:
    """A statement as far as it reads names from outside itself."""
    if not isinstance(stmt, ir.Scan):
        return stmt
    inner = {n for s in statements(stmt.body) for n in bound(s)}
    inner |= {s.name for s in stmt.slots} | {f.name for f in stmt.feeds}
    return tuple(ir.Var(n) for n in sorted(used(stmt) - inner))


def _random(stmt: ir.Stmt) -> bool:
    return any(
        isinstance(s, ir.Split) or (isinstance(s, ir.Let) and isinstance(s.expr, ir.Sample))
        for s in statements((stmt,))
    )


def _free_of_cost(expr: ir.Expr) -> bool:
    """Steps that only look at an array or a size: doing them again costs less than keeping their result."""
    match expr:
        case ir.Copy() | ir.Expand() | ir.Iota() | ir.Zeros() | ir.Broadcast():
            return True
        case ir.Index(_, subs):
            return not any(isinstance(s, ir.Pick) and isinstance(s.atom, ir.Var) for s in subs)
        case ir.Call(_, arguments):
            return all(isinstance(a, (ir.Lit, ir.Size)) for a in arguments)
        case _:
            return False


def _types(stmt: ir.Stmt) -> dict[str, Array]:
    match stmt:
        case ir.Let(name, type_):
            return {name: type_}
        case ir.Scan():
            out = {e.name: Array(e.type.element, (stmt.length, *e.type.dims)) for e in stmt.emits}
            out |= {s.final: s.type for s in stmt.slots if s.final is not None}
            return out
        case _:
            return {}
