"""Data in: files to NumPy arrays, and arrays checked against what a program declares.

    read(path)            a file (JSON as CmdStan writes it, CSV, NPZ, Parquet) as a dict of arrays
    read_file(path)       the same with what reading changed, which `check` reports and allows for
    check(values, specs, dimensions)
                          values of the declared types and the sizes of dimensions, or one `DataError`

No JAX here: `pushforward check --data` answers before JAX could be imported.
"""

from __future__ import annotations

from pathlib import Path

from pushforward.runtime.data.checking import CheckedData, check
from pushforward.runtime.data.formats import DataFile, read_file
from pushforward.runtime.data.formats.record import Value
from pushforward.runtime.data.problem import DataError, Problem
from pushforward.runtime.data.spec import Bound, DataSpec, DimensionSpec

__all__ = [
    "Bound",
    "CheckedData",
    "DataError",
    "DataFile",
    "DataSpec",
    "DimensionSpec",
    "Problem",
    "check",
    "read",
    "read_file",
]


def read(path: str | Path) -> dict[str, Value]:
    """The values of a file of data by name: Python numbers for scalars, NumPy arrays otherwise.

    Integers stay integers. Raises `DataError` as `read_file` does.
    """
    return dict(read_file(path).values)
