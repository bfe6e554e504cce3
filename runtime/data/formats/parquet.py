"""Parquet tables: a column is a vector, one of equally long lists a matrix; nulls become NaN, with a note."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Final

import numpy as np

from pushforward.runtime.data.arrays import Array, as_array
from pushforward.runtime.data.formats.record import DataFile, Format, Value, unreadable
from pushforward.runtime.data.problem import DataError, Problem

_WORDS: Final = "a Parquet table"


def read(path: Path) -> DataFile:
    """Read a table. Raises `DataError` with every problem found; `OSError` when there is no such file."""
    path.open("rb").close()
    try:
        # Imported here, and by name: pyarrow is large, optional, and carries no types.
        parquet = importlib.import_module("pyarrow.parquet")
    except ModuleNotFoundError as missing:
        help = "install pyarrow, or save the table as CSV"
        problem = unreadable(path, "pyarrow, which reads Parquet", "no such package", help)
        raise DataError((problem,)) from missing
    try:
        # `partitioning=None`: folder names such as `year=2024` are no columns.
        table = parquet.read_table(path, partitioning=None)
    except Exception as refusal:  # pyarrow raises a family of its own, and plain OSError and ValueError
        raise DataError((unreadable(path, _WORDS, str(refusal)),)) from refusal
    values: dict[str, Value] = {}
    notes: dict[str, str] = {}
    problems: list[Problem] = []
    for name in table.column_names:
        column = table.column(name)
        if column.null_count:
            notes[name] = f"column `{name}` lacks {column.null_count} of {len(column)} entries, which became NaN"
        array = _column(name, column)
        if isinstance(array, Problem):
            problems.append(array)
        else:
            values[name] = array
    if problems:
        raise DataError(tuple(problems))
    return DataFile(path, values, tabular=True, notes=notes)


def _column(name: str, column: Any) -> Array | Problem:
    """Numbers as they are; text, dates and the like as text, a problem only where the program uses it."""
    types = importlib.import_module("pyarrow.types")
    kind = column.type
    if types.is_dictionary(kind):
        kind, column = kind.value_type, column.cast(kind.value_type)
    if types.is_decimal(kind):
        return np.array([np.nan if x is None else float(x) for x in column.to_pylist()])
    if types.is_boolean(kind) and column.null_count:
        return np.array([np.nan if x is None else float(x) for x in column.to_pylist()])
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind):
        return as_array(name, column.to_numpy())
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return as_array(name, column.to_pylist())
    return np.array([str(x) for x in column.to_pylist()], dtype=np.str_)


FORMAT = Format("parquet", _WORDS, (".parquet", ".pq"), read)
