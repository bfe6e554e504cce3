"""Conversion to the kind that the program declares: float64 for reals, int64 for what is counted."""

from __future__ import annotations

from typing import Final

import numpy as np

from pushforward.runtime.data.arrays import Array
from pushforward.runtime.data.problem import Problem, and_more, place
from pushforward.runtime.data.spec import DataSpec

_WORDS: Final = {
    "real": "real numbers",
    "int": "whole numbers",
    "bool": "true or false, or 0 or 1",
    "index": "whole numbers (an index)",
    "index1": "whole numbers (an index counted from 1)",
}


def convert(spec: DataSpec, array: Array, *, tabular: bool) -> tuple[Array, tuple[Problem, ...]]:
    """The array as float64 (real) or int64 (int, bool, index), and what stands against it.

    Whole numbers and truth values become reals where a real is declared. Reals do not become whole
    numbers, except from a table (`tabular`), where one empty cell turns a column into reals. NaN is PF805.
    """
    problems = tuple(_nan(spec, array))
    if spec.kind == "real":
        return array.astype(np.float64), problems
    if array.dtype.kind == "f" and array.size:
        there = array[~np.isnan(array)]
        whole = bool(np.all(np.isfinite(there) & (there == np.floor(there))))
        # A missing value turns whole numbers into reals, in Python too: then it alone is the problem.
        if not whole or not (tabular or problems):
            return np.zeros(array.shape, np.int64), (*_reals(spec, array, whole), *problems)
        array = np.where(np.isnan(array), 0.0, array)
    converted = array.astype(np.int64)
    if spec.kind == "bool":
        problems = (*problems, *_not_truth(spec, converted))
    return converted, problems


def _nan(spec: DataSpec, array: Array) -> list[Problem]:
    nan = np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, np.bool_)
    if not nan.any():
        return []
    return [
        Problem(
            code="PF805",
            key=spec.name,
            expected=_WORDS[spec.kind],
            found="NaN" + and_more(int(nan.sum())),
            place=first(spec.name, nan),
            declared=spec.span_note,
            help="leave the rows with missing values out, or make them unknowns of the program",
        )
    ]


def _reals(spec: DataSpec, array: Array, whole: bool) -> list[Problem]:
    bad = np.isfinite(array) if whole else ~np.isnan(array) & ~(array == np.floor(array)) | np.isinf(array)
    help = "write whole numbers without a decimal point" if whole else ""
    if spec.kind == "int" and not whole:
        help = f"declare `{spec.name}` as real if its values are measured rather than counted"
    found = f"the real number {shown(array[tuple(np.argwhere(bad)[0])])}" + and_more(int(bad.sum()))
    return [_wrong_type(spec, found, first(spec.name, bad), help)]


def not_whole(spec: DataSpec) -> Problem:
    """Real numbers, whatever they are, where whole ones are declared."""
    return _wrong_type(spec, "real numbers", "", "")


def _not_truth(spec: DataSpec, array: Array) -> list[Problem]:
    bad = (array != 0) & (array != 1)
    if not bad.any():
        return []
    found = f"{shown(array[tuple(np.argwhere(bad)[0])])}" + and_more(int(bad.sum()))
    return [_wrong_type(spec, found, first(spec.name, bad), "")]


def _wrong_type(spec: DataSpec, found: str, at: str, help: str) -> Problem:
    return Problem(
        code="PF802",
        key=spec.name,
        expected=_WORDS[spec.kind],
        found=found,
        place=at,
        help=help,
        declared=spec.span_note,
    )


def first(key: str, bad: Array) -> str:
    """The place of the first true entry, `y[3][1]`."""
    return place(key, np.argwhere(bad)[0])


def shown(value: object) -> str:
    """A number as a user would write it."""
    return f"{value:.10g}" if isinstance(value, (float, np.floating)) else str(value)
