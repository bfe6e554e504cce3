"""contract: sums of products as matrix products, and numbers that a sum can do without.

t_1 = multiply(x, t_0)       (t_0 expands b along x's first axis)
t_2 = sum(t_1, axis=-1)      t_2 = matmul(x, b)
t_3 = multiply(-0.5, y)      t_5 = sum(y)
t_4 = sum(t_3)               t_4 = multiply(-0.5, t_5)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, statements, used
from pushforward.compiler.lower import operations as ops
from pushforward.dsl.types import Array


def contract(program: ir.Program) -> ir.Program:
    """The program (array core) with sums over the last axis of products of an array and a vector as
    `matmul`, and sums of multiples as multiples of sums.
    """
    fresh = Fresh(names_of(program))
    lets = {s.name: s for s in statements(program.body) if isinstance(s, ir.Let)}
    types = {i.name: i.type for i in program.inputs} | {n: s.type for n, s in lets.items()}
    counts: dict[str, int] = {}
    for stmt in statements(program.body):
        if not isinstance(stmt, ir.Scan):
            for name in used(stmt):
                counts[name] = counts.get(name, 0) + 1

    def block(body: tuple[ir.Stmt, ...]) -> tuple[ir.Stmt, ...]:
        return tuple(new for s in body for new in one(s))

    def one(stmt: ir.Stmt) -> tuple[ir.Stmt, ...]:
        match stmt:
            case ir.Scan():
                return (replace(stmt, body=block(stmt.body)),)
            case ir.Let(_, _, ir.Call(op, (ir.Var(name),), axis) as call) if op == ops.SUM and counts.get(name) == 1:
                product = lets.get(name)
                whole_vector = axis is None and types[name].rank == 1 if name in types else False
                if product is not None and (axis == (-1,) or whole_vector):
                    factors = _matrix_and_vector(product.expr, lets, types)
                    if factors is not None:
                        return (replace(stmt, expr=ir.Call(ops.MATMUL, factors, span=call.span)),)
                multiple = _multiple(product.expr, types) if product is not None and not call.mapped else None
                if multiple is not None:
                    total = ir.Let(fresh("t"), stmt.type, replace(call, arguments=(multiple[1],)), span=stmt.span)
                    times = ir.Call(ops.MULTIPLY, (multiple[0], ir.Var(total.name)), span=stmt.span)
                    return total, replace(stmt, expr=times)
        return (stmt,)

    return replace(program, body=block(program.body))


def _multiple(expr: ir.Expr, types: Mapping[str, Array]) -> tuple[ir.Lit, ir.Var] | None:
    """A literal and the array of numbers that a product multiplies by it."""
    match expr:
        case ir.Call(op, ((ir.Lit() as number, ir.Var() as array) | (ir.Var() as array, ir.Lit() as number))) if (
            op == ops.MULTIPLY and array.name in types and types[array.name].element == "real"
        ):
            return number, array
        case _:
            return None


def _matrix_and_vector(
    expr: ir.Expr, lets: Mapping[str, ir.Let], types: Mapping[str, Array]
) -> tuple[ir.Atom, ir.Atom] | None:
    """The two arguments of a product if one is a vector along the last axis and the other has that axis in
    full.
    """
    match expr:
        case ir.Call(op, (ir.Var() as a, ir.Var() as b)) if op == ops.MULTIPLY:
            for matrix, vector in ((a, b), (b, a)):
                inner = _unexpanded(vector, lets)
                if matrix.name not in types or inner.name not in types:
                    continue
                big, small = types[matrix.name], types[inner.name]
                full = big.rank >= 1 and small.rank == 1 and big.dims[-1] == small.dims[0]
                numbers = "bool" not in (big.element, small.element)
                if full and numbers and (big.rank == 1 or not any(d.value == 1 for d in big.dims)):
                    return matrix, inner
    return None


def _unexpanded(vector: ir.Var, lets: Mapping[str, ir.Let]) -> ir.Var:
    let = lets.get(vector.name)
    match let:
        case ir.Let(_, _, ir.Expand(ir.Var() as inner, pattern)) if pattern[-1] and sum(pattern) == 1:
            return inner
        case _:
            return vector
