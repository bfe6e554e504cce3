"""The value of a typed expression where little is needed to know it: literals, arithmetic, sizes. A rehearsal of a
script asks for it, because sizes, bounds and subscripts follow from whole numbers; no JAX here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from pushforward.dsl import typed
from pushforward.runtime.unknown import Unknown

#: What an operator does to numbers and to arrays of NumPy. Division by zero and powers are left to the run.
_OPERATORS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "negate": operator.neg,
    "less": operator.lt, "less_equal": operator.le, "greater": operator.gt, "greater_equal": operator.ge,
    "equal": operator.eq, "not_equal": operator.ne,
}  # fmt: skip


class _NotFolded(Exception):
    pass


def fold(expr: typed.Expr, known: Mapping[str, Any]) -> Any:
    """The value, or None where it takes more to know it. `known` are values by name, `Unknown` ones among them."""
    try:
        return _fold(expr, known)
    except _NotFolded:
        return None


def _fold(expr: typed.Expr, known: Mapping[str, Any]) -> Any:
    match expr:
        case typed.Const(value=value):
            return value
        case typed.Ref(name=name) if name in known and not isinstance(known[name], Unknown):
            return known[name]
        case typed.Size(dim=dim) if dim.value is not None:
            return dim.value
        case typed.Convert(value=value):
            return _converted(_fold(value, known), getattr(expr.type, "element", "real"))
        case typed.Apply(function=function, arguments=args) if function.name in _OPERATORS and not _defined(function):
            values = [_fold(a, known) for a in args]
            return _OPERATORS[function.name](*values) if len(values) < 3 else reduce(_OPERATORS[function.name], values)
        case typed.Apply(function=function, arguments=(argument,)) if function.extern == "jnp.size":
            sizes = [d.value for d in getattr(argument.type, "dims", ())]
            if None not in sizes:
                return reduce(operator.mul, (s for s in sizes if s is not None), 1)
        case typed.ArrayLiteral(items=items):
            import numpy as np

            return np.array([_fold(i, known) for i in items])
        case _:
            pass
    raise _NotFolded


def _defined(function: typed.Signature) -> bool:
    return function.extern is not None or function.body is not None


def _converted(value: Any, element: str) -> Any:
    if isinstance(value, bool | int | float):
        return float(value) if element == "real" else int(value)
    return value.astype(float if element == "real" else int)
