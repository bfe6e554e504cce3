"""design: what is linear in the unknowns, with coefficients that the data give, as one matrix product.

    t_1 = multiply(b_1, x)              X = stack([x, z])                  (data: made once, by prepare)
    t_2 = multiply(b_2, z)              b = stack([b_1, b_2])
    t_3 = add(a, t_1)                   t_5 = matmul(b, X)
    t_4 = add(t_3, t_2)                 t_4 = add(t_5, a)       (a: vector; a number has a row of ones in X)

A predictor written term by term costs a pass over the data for every term and again for its derivative; a
product with a matrix whose rows are the columns of the data is one call. The intercept is the coefficient of a
row of ones, for else its derivative is a sum by itself. `X * b` with a data matrix becomes
`b * X'` for the same reason: the transpose is made once and read in order. Division by data is
multiplication by reciprocals that are made once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, used
from pushforward.compiler.lower import operations as ops
from pushforward.dsl.source import Span
from pushforward.dsl.types import Array, Dim


def design(program: ir.Program) -> ir.Program:
    """The program (array core) with linear predictors as products with data matrices. For `hoist` to split."""
    return _Design(program).run()


@dataclass(frozen=True)
class Term:
    """`coefficient * column`, each a product of what is listed; the column comes from the data alone. Without
    columns it is an intercept.
    """

    coefficients: tuple[ir.Atom, ...]
    columns: tuple[ir.Atom, ...]
    negative: bool


Summand: TypeAlias = tuple[bool, tuple[ir.Atom, ...]]  # whether it is subtracted, and its factors


@dataclass
class _Facts:
    """What is known of the names of a program, in order of definition."""

    types: dict[str, Array]
    known: set[str]
    lets: dict[str, ir.Let] = field(default_factory=dict)


class _Design:
    """One program being rewritten."""

    def __init__(self, program: ir.Program) -> None:
        self.program, self.fresh = program, Fresh(names_of(program))
        data = {i.name for i in program.inputs if i.role == "data"}
        self.facts = _Facts({i.name: i.type for i in program.inputs}, data | set(program.statics))
        self.uses = _counts(program.body)
        self.inner = _links(program.body, self.uses, _known(program.body, self.facts.known))
        self.out: list[ir.Stmt] = []

    def run(self) -> ir.Program:
        for stmt in self.program.body:
            match stmt:
                case ir.Let(name, type_, expr):
                    self.facts.types[name] = type_
                    self.facts.lets[name] = stmt
                    if used(expr) <= self.facts.known and not isinstance(expr, ir.Sample):
                        self.facts.known.add(name)
                        self.out.append(stmt)
                    else:
                        self.out.append(replace(stmt, expr=self._expression(stmt)))
                case ir.Scan():
                    for e in stmt.emits:
                        self.facts.types[e.name] = Array(e.type.element, (stmt.length, *e.type.dims))
                    self.facts.types.update({s.final: s.type for s in stmt.slots if s.final is not None})
                    self.out.append(stmt)
                case _:
                    self.out.append(stmt)
        return replace(self.program, body=tuple(self.out))

    def _expression(self, let: ir.Let) -> ir.Expr:
        match let.expr:
            case ir.Call(op, (ir.Var() as matrix, ir.Var() as vector)) as call if op == ops.MATMUL:
                if self._known(matrix) and self._rank(matrix) == 2 and self._rank(vector) == 1:
                    return ir.Call(ops.MATMUL, (vector, self._transposed(matrix, let.span)), span=call.span)
            case ir.Call(op, (a, ir.Var() as divisor)) as call if op == ops.DIVIDE:
                if self._known(divisor) and self._rank(divisor) and not self._known(a):
                    return ir.Call(ops.MULTIPLY, (a, self._reciprocal(divisor, let.span)), span=call.span)
            case ir.Call(op) if op in (ops.ADD, ops.SUBTRACT) and let.type.rank == 1 and let.name not in self.inner:
                return self._predictor(let)
            case _:
                pass
        return let.expr

    def _known(self, atom: ir.Atom) -> bool:
        return not isinstance(atom, ir.Var) or atom.name in self.facts.known

    def _rank(self, atom: ir.Atom) -> int:
        return self.facts.types[atom.name].rank if isinstance(atom, ir.Var) and atom.name in self.facts.types else 0

    def _let(self, type_: Array, expr: ir.Expr, stem: str, span: Span, *, known: bool = True) -> ir.Var:
        name = self.fresh(stem)
        self.out.append(ir.Let(name, type_, expr, span=span))
        self.facts.types[name] = type_
        if known:
            self.facts.known.add(name)
        return ir.Var(name)

    def _transposed(self, matrix: ir.Var, span: Span) -> ir.Var:
        dims = self.facts.types[matrix.name].dims
        type_ = Array("real", (dims[1], dims[0]))
        return self._let(type_, ir.Permute(matrix, (1, 0), span=span), f"{matrix.name}_T", span)

    def _reciprocal(self, divisor: ir.Var, span: Span) -> ir.Var:
        one = ir.Call(ops.DIVIDE, (ir.Lit(1.0), divisor), span=span)
        return self._let(replace(self.facts.types[divisor.name], element="real"), one, "t", span)

    def _predictor(self, let: ir.Let) -> ir.Expr:
        """The sum that `let` is, its linear terms as one product; unchanged if it has fewer than two of
        them.
        """
        linear: list[Term] = []
        rest: list[Summand] = []
        for summand in self._terms(let.expr, False, ()):
            term = self._term(summand)
            second = term is not None and not term.columns and any(not t.columns for t in linear)
            linear.append(term) if term is not None and not second else rest.append(summand)
        if len(linear) < 2:
            return let.expr
        less = all(t.negative for t in linear) and any(not negative for negative, _ in rest)
        if less:  # y - (a + b * x + ...): the predictor by itself, taken from the rest
            linear = [replace(t, negative=False) for t in linear]
        columns = tuple(self._column(t, let.type, let.span) for t in linear)
        matrix_type = Array("real", (Dim.const(len(linear)), let.type.dims[0]))
        matrix = self._let(matrix_type, ir.Stack(columns, span=let.span), "columns", let.span)
        product: ir.Expr = ir.Call(ops.MATMUL, (self._coefficients(linear, let.span), matrix), span=let.span)
        if less:
            inside = [(False, atoms) for negative, atoms in rest if negative]
            outside = [summand for summand in rest if not summand[0]]
            predictor = self._let(let.type, self._sum(product, inside, let), "t", let.span, known=False)
            first = self._product(outside[0][1], let)
            return self._sum(ir.Call(ops.SUBTRACT, (first, predictor), span=let.span), outside[1:], let)
        return self._sum(product, rest, let)

    def _sum(self, first: ir.Expr, rest: list[Summand], let: ir.Let) -> ir.Expr:
        for negative, atoms in rest:
            total = self._let(let.type, first, "t", let.span, known=False)
            first = ir.Call(ops.SUBTRACT if negative else ops.ADD, (total, self._product(atoms, let)), span=let.span)
        return first

    def _product(self, atoms: tuple[ir.Atom, ...], let: ir.Let) -> ir.Atom:
        product = atoms[0]
        for atom in atoms[1:]:
            call = ir.Call(ops.MULTIPLY, (product, atom), span=let.span)
            product = self._let(let.type, call, "t", let.span, known=False)
        return product

    def _terms(self, expr: ir.Expr, negative: bool, times: tuple[ir.Atom, ...]) -> list[Summand]:
        match expr:
            case ir.Call(op, (a, b)) if op in (ops.ADD, ops.SUBTRACT):
                flipped = negative != (op == ops.SUBTRACT)
                return self._summand(a, negative, times) + self._summand(b, flipped, times)
            case _:
                raise AssertionError("a sum")

    def _summand(self, atom: ir.Atom, negative: bool, times: tuple[ir.Atom, ...]) -> list[Summand]:
        """A summand, taken apart if it is itself a sum, or a sum times data."""
        let = self.facts.lets.get(atom.name) if isinstance(atom, ir.Var) else None
        if let is not None and let.name in self.inner:
            return self._terms(let.expr, negative, times)
        match let:
            case ir.Let(name, _, ir.Call(op, (a, b))) if op == ops.MULTIPLY and self.uses.get(name) == 1:
                for sum_, factor in ((a, b), (b, a)):
                    inner = self.facts.lets.get(sum_.name) if isinstance(sum_, ir.Var) else None
                    if inner is not None and self._known(factor) and self._is_sum(inner):
                        return self._terms(inner.expr, negative, (*times, factor))
            case _:
                pass
        return [(negative, (atom, *times))]

    def _is_sum(self, let: ir.Let) -> bool:
        plain = isinstance(let.expr, ir.Call) and let.expr.op in (ops.ADD, ops.SUBTRACT) and not let.expr.mapped
        return plain and self.uses.get(let.name) == 1 and let.type.rank == 1

    def _term(self, summand: Summand) -> Term | None:
        """A summand as numbers that are unknown times arrays that are data, if it is that; numbers alone are an
        intercept.
        """
        negative, atoms = summand
        numbers: list[ir.Atom] = []
        arrays: list[ir.Atom] = []
        for factor in (f for atom in atoms for f in self._factors(atom)):
            if self._known(factor):
                arrays.append(factor)
            elif self._rank(factor) == 0:
                numbers.append(factor)
            else:
                return None
        linear = bool(numbers) and (not arrays or max(self._rank(a) for a in arrays) == 1)
        return Term(tuple(numbers), tuple(arrays), negative) if linear else None

    def _factors(self, atom: ir.Atom) -> list[ir.Atom]:
        let = self.facts.lets.get(atom.name) if isinstance(atom, ir.Var) else None
        match let:
            case ir.Let(name, _, ir.Call(op, (a, b))) if (
                op == ops.MULTIPLY and self.uses.get(name) == 1 and name not in self.facts.known
            ):
                return self._factors(a) + self._factors(b)
            case ir.Let(name, _, ir.Call(op, (a, ir.Lit(value)))) if (
                op == ops.DIVIDE and value and self.uses.get(name) == 1 and name not in self.facts.known
            ):
                return [*self._factors(a), ir.Lit(1.0 / value)]
            case ir.Let(name, _, ir.Call(op, (a, ir.Var() as by)), span=span) if (
                op == ops.DIVIDE and self._known(by) and self.uses.get(name) == 1 and name not in self.facts.known
            ):
                return [*self._factors(a), self._reciprocal(by, span)]
            case _:
                return [atom]

    def _column(self, term: Term, type_: Array, span: Span) -> ir.Atom:
        """The row of the matrix for a term of a predictor of the given type."""
        if not term.columns:
            ones = ir.Broadcast(ir.Lit(-1.0 if term.negative else 1.0), type_.dims, span=span)
            return self._let(Array("real", type_.dims), ones, "ones", span)
        product = term.columns[0]
        for atom in term.columns[1:]:
            rank = max(self._rank(product), self._rank(atom))
            dims = self.facts.types[(product if self._rank(product) == rank else atom).name].dims if rank else ()  # type: ignore[union-attr]
            call = ir.Call(ops.MULTIPLY, (product, atom), span=span)
            product = self._let(Array("real", dims), call, "t", span)
        assert isinstance(product, ir.Var)
        own = replace(self.facts.types[product.name], element="real")
        sign = ir.Lit(-1.0 if term.negative else 1.0)  # also makes numbers of truth values
        if not term.negative and self.facts.types[product.name].element == "real":
            return product
        return self._let(own, ir.Call(ops.MULTIPLY, (sign, product), span=span), "t", span)

    def _coefficients(self, terms: list[Term], span: Span) -> ir.Atom:
        items = tuple(self._coefficient(t, span) for t in terms)
        part = self._slice(items)
        if part is not None:
            dims = (Dim.const(len(items)),)
            if self.facts.types[part.base.name].dims == dims:
                return part.base
            return self._let(Array("real", dims), part, "t", span, known=False)
        stacked = ir.Stack(items, span=span)
        return self._let(Array("real", (Dim.const(len(items)),)), stacked, "t", span, known=False)

    def _coefficient(self, term: Term, span: Span) -> ir.Atom:
        product = term.coefficients[0]
        for atom in term.coefficients[1:]:
            call = ir.Call(ops.MULTIPLY, (product, atom), span=span)
            product = self._let(Array("real"), call, "t", span, known=False)
        return product

    def _slice(self, items: tuple[ir.Atom, ...]) -> ir.Index | None:
        """Neighbouring elements of one vector as a slice of it."""
        places = [self._place(item) for item in items]
        if (begin := places[0]) is None:
            return None
        base, first, span = begin
        for number, place in enumerate(places):
            if place is None or place[0] != base or (place[1] - first).value != number:
                return None
        return ir.Index(base, (ir.Range(first, first + Dim.const(len(items))),), span=span)

    def _place(self, atom: ir.Atom) -> tuple[ir.Var, Dim, Span] | None:
        """Which element of which vector a number is; an element of a slice is one of the whole."""
        let = self.facts.lets.get(atom.name) if isinstance(atom, ir.Var) else None
        match let:
            case ir.Let(_, _, ir.Index(base, (ir.At(place),), span=span)):
                while isinstance(of := self.facts.lets.get(base.name), ir.Let):
                    match of.expr:
                        case ir.Index(whole, (ir.Range(lower),)):
                            base, place = whole, lower + place
                        case _:
                            break
                return base, place, span
            case _:
                return None


def _counts(body: tuple[ir.Stmt, ...]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for stmt in body:
        for name in used(stmt):
            counts[name] = counts.get(name, 0) + 1
    return counts


def _known(body: tuple[ir.Stmt, ...], given: set[str]) -> frozenset[str]:
    """The names that follow from the data alone."""
    known = set(given)
    for stmt in body:
        if isinstance(stmt, ir.Let) and used(stmt) <= known and not isinstance(stmt.expr, ir.Sample):
            known.add(stmt.name)
    return frozenset(known)


def _links(body: tuple[ir.Stmt, ...], uses: Mapping[str, int], known: frozenset[str]) -> frozenset[str]:
    """Sums of one-dimensional arrays that are read once, by another such sum or by its product with data: links
    of a longer sum.
    """
    lets = {s.name: s for s in body if isinstance(s, ir.Let)}
    sums = {name for name, s in lets.items() if _plain(s, ops.ADD, ops.SUBTRACT) and s.type.rank == 1}
    links = set()
    for let in (lets[name] for name in sums):
        links |= {n for n in used(let.expr) if n in sums and uses.get(n) == 1}
        for product in (lets[n] for n in used(let.expr) if n in lets and uses.get(n) == 1):
            if _plain(product, ops.MULTIPLY):
                unknown = used(product.expr) - known
                links |= {n for n in unknown if len(unknown) == 1 and n in sums and uses.get(n) == 1}
    return frozenset(links)


def _plain(let: ir.Let, *operations: ir.Op) -> bool:
    return isinstance(let.expr, ir.Call) and let.expr.op in operations and not let.expr.mapped
