"""The finite support of a law: its smallest value, and how many there are."""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import as_dim
from pushforward.dsl import typed
from pushforward.dsl.types import Dim

_ONE = Dim.const(1)


def finite_support(law: ir.AnyLaw) -> tuple[Dim, Dim] | None:
    """The first value and the number of values, where both are known before compilation."""
    if not isinstance(law, ir.Law) or not law.signature.discrete or law.signature.support.rank:
        return None
    constraint = law.signature.support.constraint
    if constraint.kind == "index":
        assert constraint.size is not None
        return Dim(()), constraint.size.substitute(dict(law.dims))
    lower, upper = (_bound(b, law) for b in (constraint.lower, constraint.upper))
    if law.signature.support.element == "bool":
        return Dim(()), Dim.const(2)
    return None if lower is None or upper is None else (lower, upper - lower + _ONE)


def _bound(bound: typed.Expr | float | None, law: ir.Law) -> Dim | None:
    match bound:
        case int() | float() if float(bound).is_integer():
            return Dim.const(int(bound))
        case typed.Const(int(value)):
            return Dim.const(value)
        case typed.Convert(value):
            return _bound(value, law)
        case typed.Ref(name):
            names = [p.name for p in law.signature.parameters]
            if name in names and not law.lifted[names.index(name)]:
                return as_dim(law.arguments[names.index(name)])
            return dict(law.dims).get(name)
        case _:
            return None
