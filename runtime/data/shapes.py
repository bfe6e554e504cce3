"""The axes of a value against the axes that the program declares, before any size is known."""

from __future__ import annotations

import numpy as np

from pushforward.runtime.data.arrays import Array, size_words
from pushforward.runtime.data.dimensions import Equation
from pushforward.runtime.data.problem import Problem
from pushforward.runtime.data.spec import DataSpec


def fit(spec: DataSpec, array: Array, *, tabular: bool) -> Array | Problem:
    """The array with as many axes as declared, or PF803.

    From a table, a column that does not vary is a scalar and a table of one row gives up its row axis. An
    empty array may lack trailing axes: `[]` is how JSON writes any array of which the first size is 0.
    """
    declared = len(spec.dims)
    if array.ndim == declared or (array.size == 0 and 0 < array.ndim < declared):
        return array
    if tabular and array.ndim == declared + 1 and array.shape[0] > 0:
        if array.shape[0] == 1 or (declared == 0 and bool(np.all(array == array[0]))):
            return np.asarray(array[0])
        if declared == 0:
            return _wrong_shape(spec, array, f"a column is a vector: keep one value in `{spec.name}`")
    return _wrong_shape(spec, array, _advice(spec, array))


def equations(spec: DataSpec, array: Array) -> tuple[Equation, ...]:
    """One equation an axis: its declared size is the one found."""
    axes = enumerate(zip(spec.dims, array.shape, strict=False))
    return tuple(Equation(spec.name, axis, text, size, spec.span_note) for axis, (text, size) in axes)


def _advice(spec: DataSpec, array: Array) -> str:
    if not spec.dims and array.shape == (1,):
        return "write the number itself, without brackets (jsonlite: auto_unbox = TRUE)"
    if len(spec.dims) == 1 and array.ndim == 0:
        return "write the number in brackets: [x]"
    if array.ndim == len(spec.dims) + 1 and 1 in array.shape:
        return "drop the axis of length 1"
    return ""


def _wrong_shape(spec: DataSpec, array: Array, help: str) -> Problem:
    match len(spec.dims):
        case 0:
            axes = "a single value"
        case 1:
            axes = "a list"
        case count:
            axes = f"an array with {count} axes"
    return Problem(
        code="PF803",
        key=spec.name,
        expected=f"{spec.type_words}, {axes}",
        found=size_words(array.shape),
        help=help,
        declared=spec.span_note,
    )
