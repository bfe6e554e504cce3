"""The operators as signatures: names without `extern` and body that the compiler knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pushforward.dsl.typed import FormalParameter, Signature
from pushforward.dsl.types import BOOL, REAL, Array, Dim


def _elementwise(
    name: str, arity: int, operand: Array = REAL, result: Array = REAL,
    smoothness: Literal["smooth", "kinked", "step"] = "smooth",
) -> Signature:  # fmt: skip
    parameters = tuple(FormalParameter(p, operand) for p in ("a", "b")[:arity])
    return Signature(name, parameters, result, elementwise=True, smoothness=smoothness)


_MATRIX = Array("real", (Dim.name("M"), Dim.name("N")))

OPERATIONS: Mapping[str, Signature] = {
    s.name: s
    for s in (
        *(_elementwise(name, 2) for name in ("add", "subtract", "multiply", "divide", "power")),
        _elementwise("negate", 1),
        _elementwise("modulo", 2, smoothness="step"),
        *(
            _elementwise(name, 2, REAL, BOOL, "step")
            for name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
        ),
        _elementwise("and", 2, BOOL, BOOL, "step"),
        _elementwise("or", 2, BOOL, BOOL, "step"),
        _elementwise("not", 1, BOOL, BOOL, "step"),
        Signature("matmul", (FormalParameter("a", _MATRIX), FormalParameter("b", _MATRIX)), _MATRIX, ("M", "N")),
        Signature("transpose", (FormalParameter("a", _MATRIX),), _MATRIX, ("M", "N")),
    )
}
