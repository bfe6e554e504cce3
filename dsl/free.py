"""How many free coordinates a constrained value has: the size of what transforms map to and from."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from pushforward.dsl.types import Array, Dim

_ONE = Dim.const(1)
_HALF = Dim.const(Fraction(1, 2))


def free_event(type_: Array) -> tuple[Dim, ...]:
    """The shape of the free coordinates of one constrained value (without batch dimensions)."""
    event = type_.dims[len(type_.dims) - type_.constraint.event_rank :]
    match type_.constraint.kind:
        case "simplex" | "sum_to_zero":
            return (event[0] - _ONE,)
        case "ordered" | "positive_ordered" | "unit_vector":
            return event
        case "cholesky_corr" | "corr_matrix":
            return (_HALF * event[0] * (event[0] - _ONE),)
        case "cov_matrix" | "cholesky_cov":
            return (_HALF * event[0] * (event[0] + _ONE),)
        case "stochastic_matrix":
            return (event[0], event[1] - _ONE)
        case _:
            return ()


def free_dims(type_: Array) -> tuple[Dim, ...]:
    """The shape of the free coordinates of a value, repetitions in front."""
    return (*type_.batch, *free_event(type_))


def free_size(type_: Array) -> Dim:
    """How many free coordinates a value has."""
    size = _ONE
    for d in free_dims(type_):
        size = size * d
    return size


def total_free_size(types: Iterable[Array]) -> Dim:
    """How many free coordinates several values have together."""
    return sum((free_size(t) for t in types), Dim(()))
