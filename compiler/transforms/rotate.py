"""rotate: carry what a recursion needs rather than what it is called.

    slot h_1 = s -> t_4                      slot h_1 = power(s, 2) -> t_3
      t_1 = power(h_1, 2)
      t_2 = multiply(b, t_1)                   t_2 = multiply(b, h_1)
      t_3 = add(x, t_2)                        t_3 = add(x, t_2)
      t_4 = sqrt(t_3)                          emit v = t_3
      emit h = t_4                           h = sqrt(v)

A step that ends in an operation which the next step undoes (a square root that is squared, an exponential
whose logarithm is taken) carries the operand instead. The operation is done outside, on all steps at once,
and a variance recursion becomes the linear one that a careful person writes.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, rename, used
from pushforward.dsl.source import Span
from pushforward.dsl.types import Array

_POWER = ir.Op("power", "jnp.power", elementwise=True)
_LOG = ir.Op("log", "jnp.log", elementwise=True)


def rotate(program: ir.Program) -> ir.Program:
    """The program (array core) with every scan carrying the simplest state."""
    fresh = Fresh(names_of(program))
    body: list[ir.Stmt] = []
    for stmt in program.body:
        if isinstance(stmt, ir.Scan):
            body.extend(_rotated(stmt, fresh))
        else:
            body.append(stmt)
    return replace(program, body=tuple(body))


def _rotated(scan: ir.Scan, fresh: Fresh) -> tuple[ir.Stmt, ...]:
    before: list[ir.Stmt] = []
    after: list[ir.Stmt] = []
    for slot in scan.slots:
        last = _definition(slot.updated, scan.body)
        match last:
            case ir.Call(op, (ir.Var() as operand,)) if op.target in ("jnp.sqrt", "jnp.exp"):
                undone = _undone(slot.name, scan, op.target)
                if undone is not None:
                    scan = _carry_operand(scan, slot, op, operand, undone, fresh, before, after)
            case _:
                pass
    return (*before, scan, *after)


def _definition(atom: ir.Atom, body: tuple[ir.Stmt, ...]) -> ir.Expr | None:
    for stmt in body:
        if isinstance(stmt, ir.Let) and atom == ir.Var(stmt.name):
            return stmt.expr
    return None


def _undone(slot: str, scan: ir.Scan, target: str) -> frozenset[str] | None:
    """The names of the step that undo the operation on the slot, if the slot is used for nothing else."""
    found = set()
    for stmt in scan.body:
        if slot not in used(stmt):
            continue
        if isinstance(stmt, ir.Let) and _undoes(stmt.expr, slot, target):
            found.add(stmt.name)
        else:
            return None
    shifted = any(s.updated == ir.Var(slot) for s in scan.slots)
    return None if shifted or not found or any(e.value == ir.Var(slot) for e in scan.emits) else frozenset(found)


def _undoes(expr: ir.Expr, slot: str, target: str) -> bool:
    match expr:
        case ir.Call(op, (ir.Var(name), exponent)) if op.target == "jnp.power":
            return (target == "jnp.sqrt" and name == slot and exponent in (ir.Lit(2), ir.Lit(2.0))) or (
                target == "jnp.sqrt" and name == slot and isinstance(exponent, ir.Size) and exponent.dim.value == 2
            )
        case ir.Call(op, (ir.Var(a), ir.Var(b))) if op.target == "jnp.multiply":
            return target == "jnp.sqrt" and a == b == slot
        case ir.Call(op, (ir.Var(name),)):
            pair = (target, op.target)
            return name == slot and pair in (("jnp.sqrt", "jnp.square"), ("jnp.exp", "jnp.log"))
        case _:
            return False


def _carry_operand(
    scan: ir.Scan, slot: ir.Slot, op: ir.Op, operand: ir.Var, undone: frozenset[str], fresh: Fresh,
    before: list[ir.Stmt], after: list[ir.Stmt],
) -> ir.Scan:  # fmt: skip
    start = fresh(slot.name)
    inverse = (
        ir.Call(_POWER, (slot.initial, ir.Lit(2)), span=slot.span)
        if op.target == "jnp.sqrt"
        else ir.Call(_LOG, (slot.initial,), span=slot.span)
    )
    before.append(ir.Let(start, slot.type, inverse, span=slot.span))
    renamed: dict[str, ir.Atom] = {name: ir.Var(slot.name) for name in undone}
    body = tuple(rename(s, renamed) for s in scan.body if not (isinstance(s, ir.Let) and s.name in undone))

    def outside(name: str, type_: Array, span: Span) -> str:
        inner = fresh(name)
        after.append(ir.Let(name, type_, ir.Call(op, (ir.Var(inner),), span=span), span=span))
        return inner

    slots = []
    for s in scan.slots:
        if s.name != slot.name:
            slots.append(replace(s, updated=rename(s.updated, renamed)))
            continue
        final = outside(s.final, s.type, s.span) if s.final is not None else None
        slots.append(replace(s, initial=ir.Var(start), updated=operand, final=final))
    emits = []
    for e in scan.emits:
        if e.value == slot.updated:
            type_ = Array(e.type.element, (scan.length, *e.type.dims))
            emits.append(replace(e, name=outside(e.name, type_, e.span), value=operand))
        else:
            emits.append(replace(e, value=rename(e.value, renamed)))
    return replace(scan, slots=tuple(slots), body=body, emits=tuple(emits))
