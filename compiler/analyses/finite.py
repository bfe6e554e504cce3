"""Finite: which values of a program are certainly finite, and which are certainly not 0.

An outcome of an enumerated choice that cannot happen may cost infinitely much (log 0), and its weight is 0. A cost of
which this analysis says that it is finite needs no care there. It assumes that data and parameters are finite, and
that what does not depend on an enumerated choice is: were it not, it would not be for the possible outcomes either.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import statements, used

Range = tuple[float, float]

_ALL: Range = (-math.inf, math.inf)
_ABOVE: Range = (math.ulp(0.0), math.inf)

#: Operations that are finite where their arguments are, overflow apart.
_FINITE = frozenset(
    f"jnp.{name}"
    for name in (
        "add", "subtract", "multiply", "negative", "square", "abs", "minimum", "maximum", "sum", "mean", "max", "min",
        "matmul", "dot", "outer", "transpose", "exp", "expm1", "sin", "cos", "tanh", "arctan", "floor", "ceil",
        "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and", "logical_or",
        "logical_not", "cumsum",
    )
) | frozenset(
    (
        "apply", "lax.stop_gradient", "jsp.special.logsumexp", "rt.elementary.inv_logit", "rt.elementary.log1p_exp",
        "rt.elementary.log_inv_logit", "rt.elementary.log1m_inv_logit", "bijectors.positive.positive_constrain",
        "bijectors.unit.unit_constrain", "bijectors.interval.interval_constrain", "bijectors.simplex.simplex_constrain",
    )
)  # fmt: skip

#: Operations whose values lie in a range whatever their arguments are.
_RANGES = {
    "jnp.exp": _ABOVE,
    "bijectors.positive.positive_constrain": _ABOVE,
    "rt.elementary.log1p_exp": (0.0, math.inf),
    "rt.elementary.inv_logit": (0.0, 1.0),
    "bijectors.unit.unit_constrain": (0.0, 1.0),
    "bijectors.simplex.simplex_constrain": (0.0, 1.0),
}


@dataclass
class Finiteness:
    """What is known of the names of a program; `varies` says of a name whether it depends on an enumerated choice."""

    program: ir.Program
    varies: Callable[[str], bool]
    made: dict[str, list[ir.Expr | ir.Atom]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for stmt in statements(self.program.body):
            match stmt:
                case ir.Let(name, _, expr):
                    self.made.setdefault(name, []).append(expr)
                case ir.Store(name, _, value):
                    self.made.setdefault(name, []).append(value)
                case ir.Container(name, _, start) if start is not None:
                    self.made.setdefault(name, []).append(start)
                case ir.Total(name, body):
                    factors = [s.value for s in statements(body) if isinstance(s, ir.Factor)]
                    self.made.setdefault(name, []).extend(factors)
                case _:
                    pass

    def finite(self, atom: ir.Atom, asked: frozenset[str] = frozenset()) -> bool:
        """Whether a value is certainly finite."""
        if not isinstance(atom, ir.Var):
            return not isinstance(atom, ir.Lit) or math.isfinite(atom.value)
        if atom.name in asked or not self.varies(atom.name):
            return True  # a recursion is finite if its steps are
        asked = asked | {atom.name}
        return all(self._expr(e, asked) for e in self.made.get(atom.name, ()))

    def _expr(self, expr: ir.Expr | ir.Atom, asked: frozenset[str]) -> bool:
        def all_finite() -> bool:
            return all(self.finite(ir.Var(n), asked) for n in used(expr))

        match expr:
            case ir.Var() | ir.Lit() | ir.Size():
                return self.finite(expr, asked)
            case ir.Call(op, (a, b)) if op.target == "jnp.divide":
                return self.apart(b) and self.finite(a, asked) and self.finite(b, asked)
            case ir.Call(op, (a,)) if op.target in ("jnp.log", "jnp.sqrt"):
                return self.range(a)[0] > 0 and self.finite(a, asked)
            case ir.Call(op, (a, b)) if op.target == "jnp.power":
                low, high = self.range(b)
                return self.finite(a, asked) and low == high and low >= 0 and low.is_integer()
            case ir.Call(op, arguments):
                return op.target in _FINITE and all(self.finite(a, asked) for a in arguments)
            case ir.Select(_, then, orelse):
                return self.finite(then, asked) and self.finite(orelse, asked)
            case ir.BoundLogProb():
                return False
            case _:
                return all_finite() and all(self.finite(a, asked) for a in _literals(expr))

    def apart(self, atom: ir.Atom) -> bool:
        """Whether a value is certainly not 0."""
        low, high = self.range(atom)
        return low > 0 or high < 0

    def range(self, atom: ir.Atom, asked: frozenset[str] = frozenset()) -> Range:
        """Bounds of a value."""
        match atom:
            case ir.Lit(value):
                return float(value), float(value)
            case ir.Size(dim):
                return _ALL if dim.value is None else (float(dim.value), float(dim.value))
        if atom.name in asked or atom.name not in self.made:
            return _ALL
        asked = asked | {atom.name}
        return _hull([self._range(e, asked) for e in self.made[atom.name]])

    def _range(self, expr: ir.Expr | ir.Atom, asked: frozenset[str]) -> Range:
        def of(atom: ir.Atom) -> Range:
            return self.range(atom, asked)

        match expr:
            case ir.Var() | ir.Lit() | ir.Size():
                return of(expr)
            case ir.Copy(a):
                return of(a)
            case ir.Index(base):
                return of(base)
            case ir.Stack(items):
                return _hull([of(i) for i in items])
            case ir.Points(items=items) if items:
                return _hull([of(i) for i in items])
            case ir.Select(_, then, orelse):
                return _hull([of(then), of(orelse)])
            case ir.Call(op, arguments):
                return self._call(op.target, arguments, of)
            case _:
                return _ALL

    def _call(self, target: str, arguments: tuple[ir.Atom, ...], of: Callable[[ir.Atom], Range]) -> Range:
        match target, arguments:
            case "jnp.negative", (a,):
                return -of(a)[1], -of(a)[0]
            case "jnp.add", (a, b):
                return of(a)[0] + of(b)[0], of(a)[1] + of(b)[1]
            case "jnp.subtract", (a, b):
                return of(a)[0] - of(b)[1], of(a)[1] - of(b)[0]
            case "jnp.multiply", (a, b) if of(a)[0] >= 0 and of(b)[0] >= 0:
                high = of(a)[1] * of(b)[1]
                return of(a)[0] * of(b)[0], math.inf if math.isnan(high) else high
            case "bijectors.interval.interval_constrain", (_, low, high):
                return of(low)[0], of(high)[1]
            case _:
                return _RANGES.get(target, _ALL)


def _hull(ranges: list[Range]) -> Range:
    """The smallest range around some."""
    return (min(low for low, _ in ranges), max(high for _, high in ranges)) if ranges else _ALL


def _literals(expr: ir.Expr) -> list[ir.Lit]:
    match expr:
        case ir.Copy(ir.Lit() as only):
            return [only]
        case ir.Stack(items) | ir.Points(items=items):
            return [i for i in items if isinstance(i, ir.Lit)]
        case _:
            return []
