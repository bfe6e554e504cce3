"""From what a user holds (numbers, nested lists, NumPy, JAX pandas arrays) to a NumPy array or a problem.

JAX and pandas are recognised by the array protocol and never imported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np

from pushforward.runtime.data.problem import Problem, and_more, place

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

LARGEST_INTEGER: Final = 2**53
MOST_AXES: Final = 32
_NO_WORDS: Final[Mapping[str, float]] = {}
_SEQUENCES: Final = (list, tuple, range)


class TooLarge(float):
    """An infinite float that was written as a finite number beyond the range of float64."""


class _Irregular(Exception):
    """Carries a problem out of the recursion over nested lists."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def as_array(key: str, value: object, *, words: Mapping[str, float] = _NO_WORDS) -> Array | Problem:
    """An array of booleans, int64 or floats with the shape of `value`; narrow floats keep their width.

    `words` are the strings that stand for numbers (CmdStan writes "NaN" and "Inf" in its JSON).
    A problem: PF802 for text, nested objects and complex numbers, PF803 for lists of unequal length,
    PF804 for integers beyond 2^53, PF805 for null. An empty list counts as real.
    """
    if not isinstance(value, (*_SEQUENCES, bool, int, float, str, dict)) and value is not None:
        try:
            array = np.asarray(value)
        except (TypeError, ValueError) as refusal:
            return _wrong_type(key, (), f"a value of type {type(value).__name__} ({refusal})")
        if array.dtype.kind != "O":
            return _from_numpy(key, array)
        value = array.tolist()
    leaves: list[object] = []
    try:
        shape = _collect(key, value, (), leaves)
    except _Irregular as irregular:
        return irregular.problem
    return _from_leaves(key, leaves, shape, words)


def _collect(key: str, value: object, index: tuple[int, ...], leaves: list[object]) -> tuple[int, ...]:
    """Append the leaves of nested lists in row-major order and return their shape, or raise `_Irregular`."""
    if hasattr(value, "__array__") and not isinstance(value, np.generic):
        value = np.asarray(value).tolist()
    if len(index) > MOST_AXES:
        found = "lists nested deeper than that"
        raise _Irregular(Problem(code="PF803", key=key, expected=f"at most {MOST_AXES} axes", found=found))
    if not isinstance(value, _SEQUENCES):
        leaves.append(value)
        return ()
    if not any(isinstance(item, _SEQUENCES) or hasattr(item, "__array__") for item in value):
        leaves.extend(value)
        return (len(value),)
    first = _collect(key, value[0], (*index, 0), leaves)
    for i, item in enumerate(value[1:], start=1):
        shape = _collect(key, item, (*index, i), leaves)
        if shape != first:
            raise _Irregular(
                Problem(
                    code="PF803",
                    key=key,
                    expected=f"{size_words(first)}, as at {place(key, (*index, 0))}",
                    found=size_words(shape),
                    place=place(key, (*index, i)),
                    help="give every row the same length: a ragged array is no array",
                )
            )
    return (len(value), *first)


def _from_leaves(key: str, leaves: list[object], shape: tuple[int, ...], words: Mapping[str, float]) -> Array | Problem:
    types = set(map(type, leaves))
    if not types <= {bool, int, float} or (bool in types and len(types) > 1):
        leaves = [_plain(leaf, words) for leaf in leaves]
        for wrong in (_text_or_object, _missing, _overflow):
            if (problem := wrong(key, leaves, shape)) is not None:
                return problem
        types = set(map(type, leaves))
    if int in types:
        too_big = [i for i, x in enumerate(leaves) if type(x) is int and abs(x) > LARGEST_INTEGER]
        if too_big:
            return _big_integer(key, np.unravel_index(too_big[0], shape), leaves[too_big[0]], len(too_big))
    dtype = bool if types == {bool} else np.int64 if types and types <= {bool, int} else np.float64
    return np.array(leaves, dtype=dtype).reshape(shape)


def _plain(leaf: object, words: Mapping[str, float]) -> object:
    """The Python value of a leaf; None for every spelling of a missing value."""
    match leaf:
        case str():
            return words.get(leaf, leaf)
        case np.generic():
            return leaf.item()
        case _ if type(leaf).__name__ in ("NAType", "NaTType"):
            return None
        case _:
            return leaf


def _text_or_object(key: str, leaves: list[object], shape: tuple[int, ...]) -> Problem | None:
    numbers = (bool, int, float, type(None))
    bad = [i for i, leaf in enumerate(leaves) if not isinstance(leaf, numbers)]
    if not bad:
        return None
    match leaves[bad[0]]:
        case str(text):
            found = f'the text "{_shortened(text)}"'
        case dict():
            found = "a nested object"
        case complex():
            found = "a complex number"
        case other:
            found = f"a value of type {type(other).__name__}"
    return _wrong_type(key, np.unravel_index(bad[0], shape), found + and_more(len(bad)))


def _missing(key: str, leaves: list[object], shape: tuple[int, ...]) -> Problem | None:
    bad = [i for i, leaf in enumerate(leaves) if leaf is None]
    if not bad:
        return None
    return Problem(
        code="PF805",
        key=key,
        expected="a number",
        found="a missing value (null)" + and_more(len(bad)),
        place=place(key, np.unravel_index(bad[0], shape)),
        help="leave the rows with missing values out, or make them unknowns of the program",
    )


def _overflow(key: str, leaves: list[object], shape: tuple[int, ...]) -> Problem | None:
    bad = [i for i, leaf in enumerate(leaves) if type(leaf) is TooLarge]
    if not bad:
        return None
    return Problem(
        code="PF804",
        key=key,
        expected="a number of magnitude below 1.8e308",
        found="one too large for 64 bits" + and_more(len(bad)),
        place=place(key, np.unravel_index(bad[0], shape)),
        help="change the unit, or take the logarithm",
    )


def _from_numpy(key: str, array: Array) -> Array | Problem:
    match array.dtype.kind:
        case "b" | "f":
            return array if array.dtype.itemsize <= 8 else array.astype(np.float64)
        case "i" | "u":
            big = (array > LARGEST_INTEGER) | (array < -LARGEST_INTEGER)
            if big.any():
                index = np.argwhere(big)[0]
                return _big_integer(key, tuple(index), array[tuple(index)], int(big.sum()))
            return array.astype(np.int64)
        case "V" if array.dtype.name.startswith(("bfloat", "float")):
            return array.astype(np.float32)
        case "U" | "S":
            return _text(key, array)
        case "c":
            return _wrong_type(key, (), "complex numbers")
        case "M" | "m":
            return _wrong_type(key, (), "dates or times")
        case _:
            return _wrong_type(key, (), f"entries of type {array.dtype}")


def _text(key: str, array: Array) -> Problem:
    """The problem of a text array, shown at the first entry that does not even read as a number."""
    if not array.size:
        return _wrong_type(key, (), "an empty column of text")
    index = next((i for i in np.ndindex(array.shape) if not is_number(str(array[i]))), (0,) * array.ndim)
    return _wrong_type(key, index, f'the text "{_shortened(str(array[index]))}"')


def is_number(cell: str) -> bool:
    """Whether a cell of a table reads as a number (an underscore does not belong in one)."""
    try:
        return not math.isnan(float(cell)) and "_" not in cell
    except ValueError:
        return False


def size_words(shape: tuple[int, ...]) -> str:
    """A shape in words: `a single value`, `1 entry`, `8 entries`, `8 x 3 entries`."""
    match shape:
        case ():
            return "a single value"
        case (1,):
            return "1 entry"
        case _:
            return " x ".join(map(str, shape)) + " entries"


def _wrong_type(key: str, index: Any, found: str) -> Problem:
    return Problem(code="PF802", key=key, expected="numbers", found=found, place=place(key, index))


def _big_integer(key: str, index: Any, value: object, count: int) -> Problem:
    return Problem(
        code="PF804",
        key=key,
        expected="integers between -2^53 and 2^53, which 64-bit reals hold exactly",
        found=f"{_shortened(str(value))}{and_more(count)}",
        place=place(key, index),
        help="where a real is meant, write it with a decimal point or an exponent",
    )


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
