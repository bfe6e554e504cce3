"""Moving: which names may carry a derivative with respect to the parameters.

A parameter does, and so does what is computed from one; a choice does if it is pathwise, and otherwise its value is a
number like another. Expects sites.
"""

from __future__ import annotations

from collections.abc import Iterable

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import bound, statements, used


def moving(program: ir.Program, pathwise: frozenset[str]) -> frozenset[str]:
    """The names that may carry a derivative, if the choices in `pathwise` do."""
    found = {i.name for i in program.inputs if i.role == "param"} | set(pathwise)
    found |= {s.name for s in program.body if isinstance(s, ir.Declare) and s.role == "param"}
    flat = [s for s in statements(program.body) if not isinstance(s, (ir.For, ir.If, ir.Site))]
    changed = True
    while changed:
        changed = False
        for stmt in flat:
            names = _targets(stmt) - found
            if names and _reads(stmt) & found:
                found |= names
                changed = True
    return frozenset(found)


def moves(atom: ir.Atom | None, names: frozenset[str]) -> bool:
    """Whether an atom may carry a derivative."""
    return isinstance(atom, ir.Var) and atom.name in names


def _targets(stmt: ir.Stmt) -> frozenset[str]:
    return frozenset((stmt.name,)) if isinstance(stmt, ir.Store) else bound(stmt)


def _reads(stmt: ir.Stmt) -> frozenset[str]:
    match stmt:
        case ir.Let(expr=ir.Call(op)) if op.target == "lax.stop_gradient":
            return frozenset()
        case ir.Total(body=body):
            return frozenset(n for inner in _simple(body) for n in used(inner))
        case ir.Declare():
            return frozenset()
        case _:
            return frozenset(used(stmt))


def _simple(body: Iterable[ir.Stmt]) -> Iterable[ir.Stmt]:
    return (s for s in statements(body) if not isinstance(s, (ir.For, ir.If, ir.Total)))
