"""dead_code: drop what nobody reads.

t_1 = exp(x)          (nothing reads t_1)
t_2 = add(x, 1)       t_2 = add(x, 1)
return {t_2}          return {t_2}
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import bound, used


def dead_code(program: ir.Program) -> ir.Program:
    """The program (array core) without steps that lead nowhere: factors and the return are what everything
    is for.
    """
    return replace(program, body=_live(program.body, frozenset()))


def _live(body: tuple[ir.Stmt, ...], wanted: frozenset[str]) -> tuple[ir.Stmt, ...]:
    needed = set(wanted)
    kept: list[ir.Stmt] = []
    for stmt in reversed(body):
        if isinstance(stmt, ir.Scan):
            stmt = _live_scan(stmt, needed)
        if isinstance(stmt, (ir.Factor, ir.Return)) or bound(stmt) & needed:
            kept.append(stmt)
            needed |= used(stmt)
    return tuple(reversed(kept))


def _live_scan(scan: ir.Scan, needed: set[str]) -> ir.Scan:
    """A scan with only the emits that are read outside, the slots that feed them, and the feeds its step
    reads.
    """
    emits = tuple(e for e in scan.emits if e.name in needed)
    slots = {s.name: s for s in scan.slots if s.final in needed}
    while True:
        wanted = used((*(e.value for e in emits), *(s.updated for s in slots.values())))
        body = _live(scan.body, wanted)
        reached = used(body) | wanted
        more = {s.name: s for s in scan.slots if s.name in reached and s.name not in slots}
        if not more:
            break
        slots |= more
    feeds = tuple(f for f in scan.feeds if f.name in reached)
    kept = tuple(s for s in scan.slots if s.name in slots)
    return replace(scan, emits=emits, slots=kept, feeds=feeds, body=body)
