"""powers: logarithms and powers of exponentials and of square roots, by the laws of exponents.

    s = exp(u)                                           h = sqrt(v)
    t_1 = log(s)                (u)                      t_1 = log(h)           t_2 = log(v)
                                                                                t_1 = multiply(0.5, t_2)
    t_2 = power(s, 2)           t_3 = multiply(-2.0, u)  t_3 = divide(a, h)     t_5 = power(a, 2)
    t_4 = divide(-0.5, t_2)     t_5 = exp(t_3)           t_4 = power(t_3, 2)    t_4 = divide(t_5, v)
                                t_4 = multiply(-0.5, t_5)

A scale is the exponential of its free coordinate, and a density wants its logarithm and the reciprocal of its
square. Positive powers become exponentials of their own only where the first exponential is then read by nobody;
negative ones of a number always, because an exponential is its own derivative and a quotient is not. A squared
square root is its operand only where the logarithm of the root is taken as well, which is undefined for a
negative operand as the root was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, rename, used
from pushforward.compiler.lower import operations as ops
from pushforward.dsl.source import Span
from pushforward.dsl.types import Array

_EXP = ir.Op("exp", "jnp.exp", elementwise=True)
_POWER = ops.OPERATORS["power"]
_EXPONENTIALS = ("jnp.exp", "bijectors.positive.positive_constrain")


def powers(program: ir.Program) -> ir.Program:
    """The program (array core) with powers and logarithms of exponentials and square roots simplified."""
    return _Powers(program).run()


@dataclass(frozen=True)
class Monomial:
    """`coefficient * exp(exponent * of)`; `root` names the exponential that it is made from."""

    coefficient: Fraction  # of decimals as they are written: (x / 2.5)^2 is 0.16 x^2
    exponent: int
    of: ir.Var
    root: str


class _Powers:
    """One program being rewritten."""

    def __init__(self, program: ir.Program) -> None:
        self.program, self.fresh = program, Fresh(names_of(program))
        self.lets = {s.name: s for s in program.body if isinstance(s, ir.Let)}
        self.types = {i.name: i.type for i in program.inputs} | _scanned(program)
        self.types |= {name: let.type for name, let in self.lets.items()}
        self.monomials: dict[str, Monomial] = {}
        for let in self.lets.values():
            found = _monomial(let, self.monomials)
            if found is not None and self.types[found.of.name].element == "real":
                self.monomials[let.name] = found
        self.logged = {a.name for s in self.lets.values() if (a := _log_of(s)) is not None}
        self.read = self._read()
        self.gone = self._roots() - self._alive()
        self.known: dict[str, ir.Atom] = {}
        self.made: dict[tuple[int, str], ir.Var] = {}
        self.out: list[ir.Stmt] = []

    def run(self) -> ir.Program:
        for stmt in self.program.body:
            stmt = rename(stmt, self.known) if self.known else stmt
            if isinstance(stmt, ir.Let):
                self._let(stmt)
            else:
                self.out.append(stmt)
        return replace(self.program, body=tuple(self.out))

    def _read(self) -> frozenset[str]:
        """The monomials that are read by what is neither a monomial nor a logarithm that goes away."""
        reads = (
            s
            for s in self.program.body
            if not (isinstance(s, ir.Let) and (s.name in self.monomials or self._logarithm(s) is not None))
        )
        return used(tuple(reads)) & self.monomials.keys()

    def _roots(self) -> frozenset[str]:
        return frozenset(m.root for m in self.monomials.values())

    def _alive(self) -> frozenset[str]:
        """The exponentials that are read as they are."""
        return frozenset(m.root for name, m in self.monomials.items() if name in self.read and m.exponent == 1)

    def _let(self, let: ir.Let) -> None:
        monomial = self.monomials.get(let.name)
        logarithm = self._logarithm(self.lets[let.name])
        if logarithm is not None:
            self._write_logarithm(let, logarithm)
        elif monomial is not None and monomial.root != let.name and let.name in self.read:
            if monomial.root in self.gone or (monomial.exponent < 0 and not let.type.rank):
                self._write_monomial(let, monomial)
            else:
                self.out.append(let)
        else:
            self.out.append(self._without_root(let))

    def _logarithm(self, let: ir.Let) -> Monomial | None:
        """The monomial whose logarithm a step takes."""
        argument = _log_of(let)
        found = self.monomials.get(argument.name) if argument is not None else None
        return found if found is not None and found.coefficient == 1 else None

    def _write_logarithm(self, let: ir.Let, monomial: Monomial) -> None:
        if monomial.exponent == 1:
            self.known[let.name] = self._now(monomial.of)
        else:
            product = ir.Call(ops.MULTIPLY, (ir.Lit(float(monomial.exponent)), self._now(monomial.of)), span=let.span)
            self.out.append(replace(let, expr=product))

    def _write_monomial(self, let: ir.Let, monomial: Monomial) -> None:
        power = self._power(monomial, let.type, let.span)
        if monomial.coefficient == 1:
            self.known[let.name] = power
        else:
            product = ir.Call(ops.MULTIPLY, (ir.Lit(float(monomial.coefficient)), power), span=let.span)
            self.out.append(replace(let, expr=product))

    def _power(self, monomial: Monomial, type_: Array, span: Span) -> ir.Var:
        key = (monomial.exponent, monomial.of.name)
        if key not in self.made:
            product = ir.Call(ops.MULTIPLY, (ir.Lit(float(monomial.exponent)), self._now(monomial.of)), span=span)
            self.made[key] = self._step(type_, ir.Call(_EXP, (self._step(type_, product, span),), span=span), span)
        return self.made[key]

    def _step(self, type_: Array, expr: ir.Expr, span: Span) -> ir.Var:
        name = self.fresh("t")
        self.out.append(ir.Let(name, type_, expr, span=span))
        return ir.Var(name)

    def _without_root(self, let: ir.Let) -> ir.Let:
        """A step that takes the logarithm or the square of a square root, in terms of what is under the root."""
        match let.expr:
            case ir.Call(op, (ir.Var(name),)) if op == ops.LOG and (under := self._under(name)) is not None:
                logarithm = self._step(let.type, ir.Call(ops.LOG, (under,), span=let.span), let.span)
                return replace(let, expr=ir.Call(ops.MULTIPLY, (ir.Lit(0.5), logarithm), span=let.span))
            case ir.Call(op, (ir.Var(name), exponent)) if op.target == "jnp.power" and whole(exponent) == 2:
                if (under := self._under(name)) is not None:
                    self.known[let.name] = under
                    return let
                match self.lets.get(name):
                    case ir.Let(_, type_, ir.Call(divide, (above, ir.Var(root)))) if divide == ops.DIVIDE:
                        under = self._under(root)
                        if under is not None and self.lets[root].type.dims == type_.dims:
                            square = ir.Call(_POWER, (self._now(above), ir.Lit(2)), span=let.span)
                            quotient = (self._step(self._shape(above), square, let.span), under)
                            return replace(let, expr=ir.Call(ops.DIVIDE, quotient, span=let.span))
                    case _:
                        pass
            case _:
                pass
        return let

    def _under(self, name: str) -> ir.Atom | None:
        """What a square root, whose logarithm is taken too, is the root of."""
        match self.lets.get(name):
            case ir.Let(_, _, ir.Call(op, (operand,))) if op.target == "jnp.sqrt" and name in self.logged:
                return self._now(operand)
            case _:
                return None

    def _now(self, atom: ir.Atom) -> ir.Atom:
        return self.known.get(atom.name, atom) if isinstance(atom, ir.Var) else atom

    def _shape(self, atom: ir.Atom) -> Array:
        found = self.types.get(atom.name) if isinstance(atom, ir.Var) else None
        return Array("real", found.dims if found is not None else ())


def _scanned(program: ir.Program) -> dict[str, Array]:
    """The types of what scans make."""
    scans = [s for s in program.body if isinstance(s, ir.Scan)]
    stacked = {e.name: Array(e.type.element, (s.length, *e.type.dims)) for s in scans for e in s.emits}
    return stacked | {x.final: x.type for s in scans for x in s.slots if x.final is not None}


def _log_of(let: ir.Let) -> ir.Var | None:
    match let.expr:
        case ir.Call(op, (ir.Var() as argument,)) if op == ops.LOG:
            return argument
        case _:
            return None


def _monomial(let: ir.Let, known: Mapping[str, Monomial]) -> Monomial | None:
    """A step as a number times a power of an exponential, from those before it."""
    match let.expr:
        case ir.Call(op, (ir.Var() as of,)) if op.target in _EXPONENTIALS:
            return Monomial(Fraction(1), 1, of, let.name)
        case ir.Call(op, (ir.Var(name), exponent)) if op.target == "jnp.power" and name in known:
            n, m = whole(exponent), known[name]
            return _within(replace(m, coefficient=m.coefficient**n, exponent=m.exponent * n)) if n else None
        case ir.Call(op, (ir.Var(name), ir.Lit() as factor)) if name in known:
            return _times(known[name], op, number(factor), above=True)
        case ir.Call(op, (ir.Lit() as factor, ir.Var(name))) if name in known:
            return _times(known[name], op, number(factor), above=False)
        case _:
            return None


def _times(m: Monomial, op: ir.Op, factor: Fraction | None, *, above: bool) -> Monomial | None:
    """A monomial times a number, or one divided by the other (`above`: the monomial is the dividend)."""
    if not factor:
        return None
    if op == ops.MULTIPLY:
        return _within(replace(m, coefficient=m.coefficient * factor))
    if op == ops.DIVIDE and above:
        return _within(replace(m, coefficient=m.coefficient / factor))
    if op == ops.DIVIDE:
        return _within(replace(m, coefficient=factor / m.coefficient, exponent=-m.exponent))
    return None


def _within(m: Monomial) -> Monomial | None:
    """A monomial whose coefficient is far from the ends of the numbers there are."""
    return m if _LEAST < abs(m.coefficient) < 1 / _LEAST else None


_LEAST = Fraction(1, 10**250)


def number(atom: ir.Atom) -> Fraction | None:
    """The value of a literal that is a number, as the decimal that is written."""
    match atom:
        case ir.Lit(value) if not isinstance(value, bool) and math.isfinite(value):
            return Fraction(repr(value))
        case _:
            return None


def whole(exponent: ir.Atom) -> int | None:
    """A small positive whole exponent."""
    match exponent:
        case ir.Lit(value) if not isinstance(value, bool) and value in (2, 3, 4):
            return int(value)
        case ir.Size(d) if d.value in (2, 3, 4):
            return int(d.value)
        case _:
            return None
