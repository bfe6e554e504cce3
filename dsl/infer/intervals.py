"""What is known of the sign and range of a value: interval arithmetic on types.

Every typed expression carries in its type the interval that its value lies in as far as this is certain; `sqrt(a + b)`
of positive values needs no warning because of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pushforward.dsl.infer.sizes import unwrapped
from pushforward.dsl.typed import ArrayLiteral, Const, Convert, Expr
from pushforward.dsl.types import UNCONSTRAINED, Array, Constraint


@dataclass(frozen=True)
class Interval:
    """`lo..hi`; `open` when the finite ends themselves are excluded."""

    lo: float = -math.inf
    hi: float = math.inf
    open: bool = False

    @property
    def everything(self) -> bool:
        """Whether nothing is known."""
        return self.lo == -math.inf and self.hi == math.inf


EVERYTHING = Interval()

#: What an element of a constrained container lies in.
_ELEMENTS = {
    "simplex": Interval(0, 1),
    "stochastic_matrix": Interval(0, 1),
    "positive_ordered": Interval(0, math.inf, open=True),
    "unit_vector": Interval(-1, 1),
    "corr_matrix": Interval(-1, 1),
    "cholesky_corr": Interval(-1, 1),
}


def interval_of(expr: Expr) -> Interval:
    """The interval in which the elements of a value lie."""
    match expr:
        case Const(value=bool(value)):
            return Interval(value, value)
        case Const(value=int(value) | float(value)):
            return Interval(value, value)
        case Convert(value=value):
            return interval_of(value)
        case ArrayLiteral(items=items):
            return hull([interval_of(i) for i in items])
        case _:
            return interval_of_type(expr.type) if isinstance(expr.type, Array) else EVERYTHING


def interval_of_type(type_: Array) -> Interval:
    """The interval that a type promises."""
    c = type_.constraint
    if type_.element == "bool":
        return Interval(0, 1)
    match c.kind:
        case "interval":
            return Interval(_end(c.lower, -math.inf, low=True), _end(c.upper, math.inf, low=False), c.open)
        case "index":
            size = c.size.value if c.size is not None else None
            return Interval(0, math.inf if size is None else size - 1)
        case kind:
            return _ELEMENTS.get(kind, EVERYTHING)


def _end(bound: Expr | float | None, default: float, low: bool) -> float:
    if bound is None:
        return default
    if isinstance(bound, int | float):
        return bound
    known = interval_of(bound)
    return known.lo if low else known.hi


def hull(intervals: list[Interval]) -> Interval:
    """The smallest interval that holds all of these."""
    if not intervals:
        return EVERYTHING
    return Interval(min(i.lo for i in intervals), max(i.hi for i in intervals), all(i.open for i in intervals))


def constraint_of(interval: Interval) -> Constraint:
    """The constraint that says this interval."""
    if interval.everything:
        return UNCONSTRAINED
    # Adding 0.0 turns a negative zero into zero.
    lower = None if interval.lo == -math.inf else float(interval.lo) + 0.0
    upper = None if interval.hi == math.inf else float(interval.hi) + 0.0
    return Constraint("interval", lower, upper, open=interval.open)


def combine(name: str, operands: tuple[Expr, ...]) -> Interval:
    """The interval of an operator's value from those of its operands."""
    a = interval_of(operands[0])
    if name == "negate":
        return Interval(-a.hi, -a.lo, a.open)
    b = interval_of(operands[1])
    match name:
        case "add":
            return Interval(a.lo + b.lo, a.hi + b.hi, a.open or b.open)
        case "subtract":
            return Interval(_minus(a.lo, b.hi), _minus(a.hi, b.lo), a.open or b.open)
        case "multiply" | "matmul":
            if unwrapped(operands[0]) == unwrapped(operands[1]) and name == "multiply":
                return _whole_power(a, 2)
            return _product(a, b, name == "matmul")
        case "divide":
            return _quotient(a, b)
        case "power":
            return _power(a, b, unwrapped(operands[1]))
        case _:
            return EVERYTHING


def _minus(x: float, y: float) -> float:
    return x - y if not (math.isinf(x) and math.isinf(y)) or x != y else math.copysign(math.inf, x)


def _times(x: float, y: float) -> float:
    return 0.0 if x == 0 or y == 0 else x * y


def _product(a: Interval, b: Interval, many: bool) -> Interval:
    ends = [_times(x, y) for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
    lo, hi = min(ends), max(ends)
    excluded = _excludes_zero(a) and _excludes_zero(b)
    if many:
        lo, hi = (0.0 if lo >= 0 else -math.inf), (0.0 if hi <= 0 else math.inf)
    return Interval(lo, hi, excluded and (lo == 0 or hi == 0))


def _excludes_zero(a: Interval) -> bool:
    return a.lo > 0 or a.hi < 0 or (a.open and (a.lo == 0 or a.hi == 0))


def _quotient(a: Interval, b: Interval) -> Interval:
    if b.lo < 0 < b.hi:
        return EVERYTHING
    if b.lo > 0 or b.hi < 0:
        return _product(a, Interval(1 / b.hi if b.hi else math.inf, 1 / b.lo, b.open), False)
    sign = Interval(0, math.inf, True) if b.lo >= 0 else Interval(-math.inf, 0, True)
    return _product(a, sign, False)


def _power(a: Interval, b: Interval, exponent: Expr) -> Interval:
    if isinstance(exponent, Const) and isinstance(exponent.value, int) and exponent.value > 0:
        return _whole_power(a, exponent.value)
    if a.lo >= 0:
        if a.hi <= 1 and b.lo >= 0:
            return Interval(0, 1)
        return Interval(0, math.inf, _excludes_zero(a))
    if isinstance(exponent, Const) and not isinstance(exponent.value, str) and exponent.value % 2 == 0:
        return Interval(0, math.inf)
    return EVERYTHING


def _whole_power(a: Interval, exponent: int) -> Interval:
    try:
        ends = (a.lo**exponent, a.hi**exponent)
    except OverflowError:
        ends = (-math.inf if exponent % 2 and a.lo < 0 else 0.0, math.inf)
    if exponent % 2 == 0 and a.lo < 0 < a.hi:
        return Interval(0, max(ends))
    return Interval(min(ends), max(ends), a.open)


def applied(name: str, operands: tuple[Expr, ...]) -> Constraint:
    """The constraint of an operator's value; for functions that keep signs, of their value too."""
    return constraint_of(combine(name, operands))


#: Functions whose value lies in the hull of their arguments' elements.
_WITHIN = frozenset(
    {"max", "min", "mean", "median", "fmin", "fmax", "sort_asc", "sort_desc", "reverse", "rep_vector", "rep_matrix"}
    | {"append", "head", "tail", "to_vector", "row", "col", "diagonal", "quantile"}
)
#: Functions that are not negative when their arguments are not.
_KEEP_SIGN = frozenset(
    {"sum", "prod", "cumulative_sum", "cumulative_prod", "dot", "outer", "hypot", "trace", "diag_matrix", "kron"}
)


def called(name: str, result: Array, arguments: tuple[Expr, ...]) -> Array:
    """The result type of a call with what the arguments' signs add to it."""
    if result.constraint.kind != "none" or result.element == "bool" or not arguments:
        return result
    values = [a for a in arguments if isinstance(a.type, Array)]
    if name in _WITHIN:
        alike = [a for a in values if isinstance(a.type, Array) and a.type.element == result.element]
        known = hull([interval_of(a) for a in alike])
        return Array(result.element, result.dims, constraint_of(known))
    if name in _KEEP_SIGN and all(interval_of(a).lo >= 0 for a in values):
        return Array(result.element, result.dims, constraint_of(Interval(0)))
    return result
