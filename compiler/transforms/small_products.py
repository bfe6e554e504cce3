"""small_products: products with a small matrix as sums of elementwise products.

    t_1 = matmul(L, z)                    t_2 = expand L [:, :, new]
       L: matrix[2, 2]                    t_3 = expand z [new, :, :]
       z: matrix[2, N]                    t_4 = multiply(t_2, t_3)
                                          t_1 = sum(t_4, axis=-2)
    t_5 = t_1[0]                          t_5 = add(multiply(L[0, 0], z[0]), multiply(L[0, 1], z[1]))

A routine for matrix products costs more to call than a few multiplications take, and what is before and after it
cannot be computed in the same loop. Small is what the program says is small: the length that is summed over and
one of the others are known numbers. A product of which nothing but rows is read is written out row by row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, statements, used
from pushforward.compiler.lower import operations as ops
from pushforward.dsl.source import Span
from pushforward.dsl.types import REAL, Array, Dim

_SMALL = 4
_ONE = Dim.const(1)


def small_products(program: ir.Program) -> ir.Program:
    """The program (array core) with products of matrices, one of them at most 4 x 4, written out."""
    return replace(program, body=tuple(_Products(program).run()))


class _Products:
    """One program being rewritten."""

    def __init__(self, program: ir.Program) -> None:
        self.program, self.fresh = program, Fresh(names_of(program))
        self.types = {i.name: i.type for i in program.inputs}
        self.by_rows = _read_by_rows(program.body)
        self.products: dict[str, tuple[ir.Var, ir.Var]] = {}
        self.out: list[ir.Stmt] = []

    def run(self) -> Iterable[ir.Stmt]:
        for stmt in self.program.body:
            if isinstance(stmt, ir.Let):
                self._let(stmt)
                self.types[stmt.name] = stmt.type
            else:
                self.out.append(stmt)
        return self.out

    def _let(self, let: ir.Let) -> None:
        match let.expr:
            case ir.Call(op, (ir.Var() as a, ir.Var() as b), None, ()) if op == ops.MATMUL and self._small(a, b):
                rows = self.types[a.name].dims[0].value
                if let.name in self.by_rows and rows is not None and rows <= _SMALL:
                    self.products[let.name] = a, b
                else:
                    self.out.append(replace(let, expr=self._whole(a, b, let.span)))
            case ir.Index(ir.Var(name), (ir.At(row),)) if name in self.products:
                self.out.append(replace(let, expr=self._row(row, *self.products[name], let.type, let.span)))
            case _:
                self.out.append(let)

    def _small(self, a: ir.Var, b: ir.Var) -> bool:
        if a.name not in self.types or b.name not in self.types:
            return False
        left, right = self.types[a.name], self.types[b.name]
        if (left.rank, right.rank) != (2, 2) or (left.element, right.element) != ("real", "real"):
            return False
        rows, inner, columns = (d.value is not None and d.value <= _SMALL for d in (*left.dims, right.dims[1]))
        return inner and (rows or columns)

    def _whole(self, a: ir.Var, b: ir.Var, span: Span) -> ir.Expr:
        (rows, inner), (_, columns) = self.types[a.name].dims, self.types[b.name].dims
        first = self._step(Array("real", (rows, inner, _ONE)), ir.Expand(a, (True, True, False), span=span))
        second = self._step(Array("real", (_ONE, inner, columns)), ir.Expand(b, (False, True, True), span=span))
        product = ir.Call(ops.MULTIPLY, (first, second), span=span)
        return ir.Call(ops.SUM, (self._step(Array("real", (rows, inner, columns)), product),), (-2,), span=span)

    def _row(self, row: Dim, a: ir.Var, b: ir.Var, type_: Array, span: Span) -> ir.Expr:
        """`a[row, 0] * b[0] + a[row, 1] * b[1] + ...`."""
        inner = self.types[a.name].dims[1].value
        assert inner is not None
        total: ir.Expr | None = None
        for k in (Dim.const(k) for k in range(int(inner))):
            number = self._step(REAL, ir.Index(a, (ir.At(row), ir.At(k)), span=span))
            vector = self._step(type_, ir.Index(b, (ir.At(k),), span=span))
            product = ir.Call(ops.MULTIPLY, (number, vector), span=span)
            if total is None:
                total = product
            else:
                terms = self._step(type_, total), self._step(type_, product)
                total = ir.Call(ops.ADD, terms, span=span)
        assert total is not None
        return total

    def _step(self, type_: Array, expr: ir.Expr) -> ir.Var:
        name = self.fresh("t")
        self.out.append(ir.Let(name, type_, expr, span=expr.span))
        return ir.Var(name)


def _read_by_rows(body: tuple[ir.Stmt, ...]) -> frozenset[str]:
    """The names of which nothing is read but rows by known numbers, and those once each."""
    reads = Counter(n for s in statements(body) for n in used(s))
    rows = Counter[str]()
    seen: set[tuple[str, Dim]] = set()
    for stmt in body:
        match stmt:
            case ir.Let(_, _, ir.Index(ir.Var(name), (ir.At(row),))) if (
                row.value is not None and (name, row) not in seen
            ):
                seen.add((name, row))
                rows[name] += 1
            case _:
                pass
    return frozenset(name for name, count in rows.items() if reads[name] == count)
