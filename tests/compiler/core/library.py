"""A library of a few distributions, without densities, for reading programs in tests."""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower.operations import OPERATORS, SUM
from pushforward.dsl.typed import DistributionSignature, FormalParameter
from pushforward.dsl.types import REAL, Array, Constraint, Dim

N = Dim.name("N")
VECTOR, MATRIX = Array("real", (N,)), Array("real", (N, N))


def _signature(name: str, support: Array, **parameters: Array) -> DistributionSignature:
    formal = tuple(FormalParameter(k, t) for k, t in parameters.items())
    dims = ("N",) if support.dims or any(t.dims for t in parameters.values()) else ()
    return DistributionSignature(name, formal, support, dims, (), None, None)


_DISTRIBUTIONS = (
    _signature("flat", REAL),
    _signature("normal", REAL, mu=REAL, sigma=REAL),
    _signature("categorical", Array("int", (), Constraint("index", size=N)), p=VECTOR),
    _signature("multi_normal", VECTOR, mu=VECTOR, sigma=MATRIX),
)


class SmallLibrary:
    """The distributions above and the operators of the language."""

    def distribution(self, name: str) -> DistributionSignature:
        return {d.name: d for d in _DISTRIBUTIONS}[name]

    def op(self, name: str) -> ir.Op:
        return {"sum": SUM, **OPERATORS}[name]


LIBRARY = SmallLibrary()
