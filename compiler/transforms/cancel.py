"""cancel: what a step takes away that another has just put in.

    t_1 = multiply(s, e)        t_1 = multiply(s, e)
    x = add(m, t_1)             x = add(m, t_1)
    t_2 = subtract(x, m)        (t_1)
    t_3 = divide(t_2, s)        (e)
    t_4 = log(exp(t_5))         (t_5)

The log density of a draw at its own parameters asks for (x - m) / s where x was made as m + s e. The steps cancel
exactly but for rounding, and with them goes their derivative, which is 0 in sum and not in parts. Only steps of equal
shapes cancel; m, s and what is drawn are finite wherever the density is.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import rename


def cancel(program: ir.Program) -> ir.Program:
    """The program (array core) without steps that undo one another."""
    return replace(program, body=_block(program.body, {i.name: i.type.dims for i in program.inputs}))


def _block(body: tuple[ir.Stmt, ...], shapes: dict[str, object]) -> tuple[ir.Stmt, ...]:
    made: dict[str, ir.Expr] = {}
    known: dict[str, ir.Atom] = {}
    kept: list[ir.Stmt] = []
    for stmt in body:
        stmt = rename(stmt, known) if known else stmt
        if isinstance(stmt, ir.Let):
            shapes[stmt.name] = stmt.type.dims
            undone = _undone(stmt.expr, made)
            if isinstance(undone, ir.Var) and shapes.get(undone.name) == stmt.type.dims:
                known[stmt.name] = undone
                continue
            made[stmt.name] = stmt.expr
        kept.append(stmt)
    return tuple(kept)


def _undone(expr: ir.Expr, made: dict[str, ir.Expr]) -> ir.Atom | None:
    """What is left of an expression whose operation undoes the one that made its operand."""
    if not isinstance(expr, ir.Call) or not expr.arguments or not isinstance(expr.arguments[0], ir.Var):
        return None
    inner = made.get(expr.arguments[0].name)
    if not isinstance(inner, ir.Call):
        return None
    match expr.op.target, inner.op.target, expr.arguments, inner.arguments:
        case ("jnp.subtract", "jnp.add", (_, b), (p, q)) | ("jnp.divide", "jnp.multiply", (_, b), (p, q)):
            return q if p == b else p if q == b else None
        case "jnp.log", "jnp.exp", _, (p,):
            return p
        case _:
            return None
