"""impossible: what values of an enumerated choice that cannot happen would cost.

    t_1 = log(t)        t_1 = log_or_never(t)       for a t that depends on an enumerated choice and may be 0

Such a value has the weight 0, and its cost may be log 0. `weigh` asks which costs that may be, and takes 0 for them.
Their
derivatives are multiplied by the weight and vanish too, if the slopes of the logarithms on the way are no infinities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from pushforward.compiler.analyses.finite import Finiteness
from pushforward.compiler.analyses.influence import Influences
from pushforward.compiler.analyses.moving import moving
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import statements
from pushforward.compiler.lower import operations as ops

ENUMERATED = "enum"
IF_POSSIBLE = ir.Op("if_possible", "rt.impossible.if_possible", elementwise=True)
LOG_OR_NEVER = ir.Op("log_or_never", "rt.impossible.log_or_never", elementwise=True)

#: Whether what a choice costs may be infinite where the weight is 0.
Costly = Callable[[ir.Atom], bool]


def impossible(program: ir.Program, known: Influences) -> tuple[ir.Program, Costly]:
    """The program with logarithms that can be multiplied by 0, and which of its values may be infinite."""
    enumerated = frozenset(c.name for c in program.choices if c.strategy == ENUMERATED)
    if not enumerated:
        return program, lambda atom: False
    known.block(program.body)
    finite = Finiteness(program, lambda name: not enumerated.isdisjoint(known.of(ir.Var(name))))
    moved = moving(program, frozenset())
    infinite = {
        s.name for s in statements(program.body)
        if isinstance(s, ir.Let) and isinstance(s.expr, ir.Call) and s.expr.op == ops.LOG
        and s.name in moved and not finite.finite(ir.Var(s.name))
    }  # fmt: skip
    return replace(program, body=_careful(program.body, infinite)), lambda atom: not finite.finite(atom)


def _careful(body: Iterable[ir.Stmt], infinite: set[str]) -> tuple[ir.Stmt, ...]:
    def one(stmt: ir.Stmt) -> ir.Stmt:
        match stmt:
            case ir.For():
                return replace(stmt, body=_careful(stmt.body, infinite))
            case ir.Let(name, _, ir.Call() as log) if name in infinite:
                return replace(stmt, expr=replace(log, op=LOG_OR_NEVER))
            case _:
                return stmt

    return tuple(one(s) for s in body)
