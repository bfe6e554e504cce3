"""join: recursions that compute the same, computed once.

    scan a over 0..k:                    scan a over 0..k:
      slot h = z -> t_1                    slot h = z -> t_1
        t_1 = f(h)                           t_1 = f(h)
      emit x = t_1                           t_3 = g(h)
    scan b over 0..k:                      emit x = t_1
      slot g = z -> t_2                    emit y = t_3
        t_2 = f(g)
        t_3 = g(g)
      emit y = t_3

A flow is walked where its draw is made and again where its density is asked for. Two recursions of one length become
one if something that both carry begins equal and goes on equal: that is supposed of all that begins equal, the second
step is written behind the first with equal steps shared, and what turns out to go on differently is supposed no more.
What stands between the two and leads to the second moves before the first; if it follows from the first, both stay.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import bound, rename, used

Names = dict[str, ir.Atom]


def join(program: ir.Program) -> ir.Program:
    """The program (array core) with each recursion in it once."""
    body = program.body
    while (joined := _one_fewer(body)) is not None:
        body = joined
    return program if body is program.body else replace(program, body=_shared(body))


def _one_fewer(body: tuple[ir.Stmt, ...]) -> tuple[ir.Stmt, ...] | None:
    """The body with the first two scans that can be one made one."""
    scans = [(at, stmt) for at, stmt in enumerate(body) if isinstance(stmt, ir.Scan)]
    for later, second in scans:
        for at, first in scans:
            if at >= later or first.length != second.length:
                continue
            split = _apart(body[at + 1 : later], first, second)
            found = _joined(first, second) if split is not None else None
            if split is not None and found is not None:
                scan, names = found
                before, after = split
                rest = tuple(rename(s, names) for s in (*after, *body[later + 1 :]))
                return (*body[:at], *before, scan, *rest)
    return None


def _apart(
    between: tuple[ir.Stmt, ...], first: ir.Scan, second: ir.Scan
) -> tuple[tuple[ir.Stmt, ...], tuple[ir.Stmt, ...]] | None:
    """What leads to the second scan, and the rest; None if what leads there cannot stand before the first."""
    needed, before, after = set(used(second)), list[ir.Stmt](), list[ir.Stmt]()
    for stmt in reversed(between):
        if bound(stmt) & needed:
            if not isinstance(stmt, (ir.Let, ir.Scan)):
                return None
            needed |= used(stmt)
            before.append(stmt)
        else:
            after.append(stmt)
    return None if needed & bound(first) else (tuple(reversed(before)), tuple(reversed(after)))


def _joined(first: ir.Scan, second: ir.Scan) -> tuple[ir.Scan, Names] | None:
    """Both scans as one, and what stands for names that the second one gave."""
    equal = {
        s.name: same
        for s in second.slots
        if (same := next((f for f in first.slots if (f.initial, f.type) == (s.initial, s.type)), None)) is not None
    }
    fed = {(f.source, f.type): f for f in first.feeds}
    feeds: Names = {f.name: ir.Var(fed[f.source, f.type].name) for f in second.feeds if (f.source, f.type) in fed}
    while equal:
        names = {**feeds, **{name: ir.Var(same.name) for name, same in equal.items()}}
        body = _shared((*first.body, *second.body), names)
        differ = [
            s.name for s in second.slots if s.name in equal and rename(s.updated, names) != equal[s.name].updated
        ]
        if not differ:
            return _written(first, second, body, names, equal)
        equal = {name: same for name, same in equal.items() if name not in differ}
    return None


def _written(
    first: ir.Scan, second: ir.Scan, body: tuple[ir.Stmt, ...], names: Names, equal: dict[str, ir.Slot]
) -> tuple[ir.Scan, Names]:
    """The scan of a body that both share; `names` stand for those of the second step."""
    outside: Names = {}
    slots, emits = {s.name: s for s in first.slots}, list(first.emits)
    for slot in second.slots:
        if slot.name not in equal:
            slots[slot.name] = replace(slot, updated=rename(slot.updated, names))
        elif slot.final is not None:
            same = slots[equal[slot.name].name]
            slots[same.name] = replace(same, final=same.final or slot.final)
            outside[slot.final] = ir.Var(same.final or slot.final)
    for emit in second.emits:
        moved = replace(emit, value=rename(emit.value, names))
        known = next((e for e in emits if (e.value, e.type) == (moved.value, moved.type)), None)
        if known is not None:
            outside[emit.name] = ir.Var(known.name)
        else:
            emits.append(moved)
    more = tuple(f for f in second.feeds if f.name not in names)
    scan = replace(first, slots=tuple(slots.values()), feeds=(*first.feeds, *more), body=body, emits=tuple(emits))
    return scan, {n: a for n, a in outside.items() if a != ir.Var(n)}


def _shared(body: tuple[ir.Stmt, ...], names: Names | None = None) -> tuple[ir.Stmt, ...]:
    """Statements with equal expressions bound once; `names`, which stand for others, grow by those that go."""
    names = {} if names is None else names
    made: dict[ir.Expr, ir.Atom] = {}
    kept: list[ir.Stmt] = []
    for stmt in body:
        stmt = rename(stmt, names)
        if isinstance(stmt, ir.Let) and not isinstance(stmt.expr, ir.Sample):
            if stmt.expr in made:
                names[stmt.name] = made[stmt.expr]
                continue
            made[stmt.expr] = ir.Var(stmt.name)
        kept.append(stmt)
    return tuple(kept)
