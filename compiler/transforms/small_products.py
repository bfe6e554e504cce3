"""small_products: products with a small matrix as sums of elementwise products.

    t_1 = matmul(L, z)                    t_2 = expand L [:, :, new]
       L: matrix[2, 2]                    t_3 = expand z [new, :, :]
       z: matrix[2, N]                    t_4 = multiply(t_2, t_3)
                                          t_1 = sum(t_4, axis=-2)

A routine for matrix products costs more to call than a few multiplications take, and what is before and after it
cannot be computed in the same loop. Small is what the program says is small: the length that is summed over and
one of the others are known numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of
from pushforward.compiler.lower import operations as ops
from pushforward.dsl.types import Array, Dim

_SMALL = 4
_ONE = Dim.const(1)


def small_products(program: ir.Program) -> ir.Program:
    """The program (array core) with products of matrices, one of them at most 4 x 4, written out."""
    fresh = Fresh(names_of(program))
    types = {i.name: i.type for i in program.inputs}
    body: list[ir.Stmt] = []
    for stmt in program.body:
        match stmt:
            case ir.Let(_, _, ir.Call(op, (ir.Var(a), ir.Var(b)), None, ())) if (
                op == ops.MATMUL and a in types and b in types and _small(types[a], types[b])
            ):
                body.extend(_written_out(stmt, (a, types[a]), (b, types[b]), fresh))
            case _:
                body.append(stmt)
        if isinstance(stmt, ir.Let):
            types[stmt.name] = stmt.type
    return replace(program, body=tuple(body))


def _small(a: Array, b: Array) -> bool:
    if a.rank != 2 or b.rank != 2 or a.element != "real" or b.element != "real":
        return False
    rows, inner, columns = (d.value is not None and d.value <= _SMALL for d in (*a.dims, b.dims[1]))
    return inner and (rows or columns)


def _written_out(
    let: ir.Let, left: tuple[str, Array], right: tuple[str, Array], fresh: Fresh
) -> Iterator[ir.Stmt]:
    (rows, inner), (_, columns) = left[1].dims, right[1].dims

    def step(type_: Array, expr: ir.Expr) -> ir.Let:
        return ir.Let(fresh("t"), type_, expr, span=let.span)

    first = step(Array("real", (rows, inner, _ONE)), ir.Expand(ir.Var(left[0]), (True, True, False), span=let.span))
    second = step(Array("real", (_ONE, inner, columns)), ir.Expand(ir.Var(right[0]), (False, True, True), span=let.span))
    factors = (ir.Var(first.name), ir.Var(second.name))
    product = step(Array("real", (rows, inner, columns)), ir.Call(ops.MULTIPLY, factors, span=let.span))
    yield from (first, second, product)
    yield replace(let, expr=ir.Call(ops.SUM, (ir.Var(product.name),), (-2,), span=let.span))
