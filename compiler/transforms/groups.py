"""groups: arithmetic on the groups rather than on their members.

    t_1 = a[pick g]                       t_3 = multiply(s, a)
    t_2 = multiply(s, t_1)                t_4 = add(m, t_3)
    t_5 = add(m, t_2)                     t_5 = t_4[pick g]

What is done with a number, or with another effect of the same grouping, after an element was picked for every
observation, is done before, once a group, and the derivatives are summed by group first. The bits are the same.
Picked elements are not divided by: one that is 0 and that nobody picks would make its own derivative NaN. There
are taken to be no more groups than members, unless the sizes say otherwise.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, statements, used
from pushforward.compiler.lower import operations as ops
from pushforward.dsl.types import Array

_ARITHMETIC = (ops.ADD, ops.SUBTRACT, ops.MULTIPLY, ops.DIVIDE)


def groups(program: ir.Program) -> ir.Program:
    """The program (array core) with arithmetic of numbers and picked elements done before the picking."""
    fresh = Fresh(names_of(program))
    types = {i.name: i.type for i in program.inputs}
    reads = Counter(n for s in statements(program.body) for n in used(s))
    picks: dict[str, ir.Index] = {}
    body: list[ir.Stmt] = []
    for stmt in program.body:
        if isinstance(stmt, ir.Let):
            found = _on_groups(stmt, {n: p for n, p in picks.items() if reads[n] == 1}, types)
            if found is not None:
                arithmetic, base, pick = found
                inner = ir.Let(fresh("t"), replace(base, element="real"), arithmetic, span=stmt.span)
                types[inner.name] = inner.type
                body.append(inner)
                stmt = replace(stmt, expr=ir.Index(ir.Var(inner.name), (pick,), span=stmt.span))
            types[stmt.name] = stmt.type
            if isinstance(stmt.expr, ir.Index) and _by_group(stmt.expr, types):
                picks[stmt.name] = stmt.expr
        body.append(stmt)
    return replace(program, body=tuple(body))


def _by_group(index: ir.Index, types: dict[str, Array]) -> bool:
    """Whether an element of a vector of numbers is picked for each member of a vector of group numbers."""
    match index:
        case ir.Index(ir.Var(base), (ir.Pick(ir.Var(table)),)) if base in types and table in types:
            if types[base].rank != 1 or types[table].rank != 1 or types[base].element != "real":
                return False
            surplus = (types[table].dims[0] - types[base].dims[0]).value
            return surplus is None or surplus >= 0
        case _:
            return False


def _on_groups(
    let: ir.Let, picks: dict[str, ir.Index], types: dict[str, Array]
) -> tuple[ir.Call, Array, ir.Sub] | None:
    """The arithmetic of a step as one on whole vectors, the type of those, and what is picked from it."""
    match let.expr:
        case ir.Call(op, (a, b), None, ()) as call if op in _ARITHMETIC:
            found = [picks[x.name] for x in (a, b) if isinstance(x, ir.Var) and x.name in picks]
            numbers = [x for x in (a, b) if not isinstance(x, ir.Var) or (x.name in types and types[x.name].rank == 0)]
            same = {p.subs for p in found}
            if not found or len(found) + len(numbers) != 2 or len(same) != 1:
                return None
            if op == ops.DIVIDE and b not in numbers:
                return None
            base = types[found[0].base.name]
            if any(types[p.base.name].dims != base.dims for p in found):
                return None
            whole = tuple(picks[x.name].base if isinstance(x, ir.Var) and x.name in picks else x for x in (a, b))
            return replace(call, arguments=whole), base, found[0].subs[0]
        case _:
            return None
