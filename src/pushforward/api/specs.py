"""What a program asks of its data, in the terms of `runtime.data`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from pushforward.dsl import typed
from pushforward.dsl.source import Span
from pushforward.dsl.types import Array, Constraint
from pushforward.runtime.data import DataSpec, DimensionSpec

_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negate": operator.neg,
    "power": operator.pow,
}

_PLAIN = ("none", "interval", "index")


def specs(
    program: typed.TypedProgram, observed: Iterable[str]
) -> tuple[tuple[DataSpec, ...], dict[str, DimensionSpec]]:
    """A spec for every argument and for every variable in `observed`; the dimension names with where they
    were declared.
    """
    wanted = set(observed)
    arguments = [_spec(p.name, p.type, p.span) for p in program.parameters if p.name not in program.dims]
    variables = [_spec(v.name, v.type, v.span) for v in program.variables if v.name in wanted]
    origin = {p.name: _place(p.span) for p in program.parameters}
    dims = {name: DimensionSpec(name, origin.get(name, _place(program.span))) for name in program.dims}
    return (*arguments, *variables), dims


def keys(program: typed.TypedProgram) -> frozenset[str]:
    """The names that data may give: arguments, variables and dimensions."""
    return frozenset((*(p.name for p in program.parameters), *(v.name for v in program.variables), *program.dims))


def _place(span: Span) -> str:
    return str(span) if span.end else ""


def _spec(name: str, type_: object, span: Span) -> DataSpec:
    assert isinstance(type_, Array)
    c = type_.constraint
    kind: Any = type_.element
    if c.kind == "index":
        kind = "index1" if c.base == 1 else "index"
    return DataSpec(
        name,
        kind,
        tuple(str(d) for d in type_.dims),
        "array" if c.kind in _PLAIN else c.kind,  # type: ignore[arg-type]
        lower=_bound(c.lower),
        upper=_bound(c.upper),
        index_size=str(c.size) if c.size is not None else None,
        span_note=_place(span),
        lower_open=_open(c),
        upper_open=_open(c),
    )


def _open(c: Constraint) -> bool:
    return c.open


def _bound(value: typed.Expr | float | None) -> Any:
    """A number, or a function of the data. A bound that asks for more than arithmetic of the data is not
    checked.
    """
    match value:
        case None:
            return None
        case int() | float():
            return float(value)
        case typed.Const(number):
            return float(number)
        case _ if _computable(value):
            return lambda data: np.asarray(_evaluate(value, data))
        case _:
            return None


def _computable(e: typed.Expr) -> bool:
    match e:
        case typed.Const() | typed.Ref():
            return True
        case typed.Convert(value):
            return _computable(value)
        case typed.Apply(function, arguments):
            return function.name in _OPERATIONS and all(map(_computable, arguments))
        case _:
            return False


def _evaluate(e: typed.Expr, data: Mapping[str, Any]) -> Any:
    match e:
        case typed.Const(value):
            return value
        case typed.Ref(name):
            return np.asarray(data[name])
        case typed.Convert(value):
            return _evaluate(value, data)
        case typed.Apply(function, arguments):
            values = [_evaluate(a, data) for a in arguments]
            operation = _OPERATIONS[function.name]
            return operation(*values) if len(values) < 3 else reduce(operation, values)
        case _:
            raise AssertionError(f"{type(e).__name__} is not arithmetic")
