"""NumPy archives (`np.savez`). Pickled objects are refused: reading data never runs code."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

import numpy as np

from pushforward.runtime.data.arrays import as_array
from pushforward.runtime.data.formats.record import DataFile, Format, Value, unreadable
from pushforward.runtime.data.problem import DataError, Problem

_WORDS: Final = "a NumPy archive of named arrays"


def read(path: Path) -> DataFile:
    """Read an archive. Raises `DataError` with every problem found; `OSError` when there is no such file."""
    try:
        raw = _arrays(path)
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, NotImplementedError) as refusal:
        pickled = "pickle" in str(refusal)
        found = "pickled objects, which are code" if pickled else f"something else ({refusal})"
        help = "save plain arrays of numbers with np.savez" if pickled else ""
        raise DataError((unreadable(path, _WORDS, found, help),)) from refusal
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for key, stored in raw.items():
        array = stored if stored.dtype.kind in "US" else as_array(key, stored)
        if isinstance(array, Problem):
            problems.append(array)
        else:
            values[key] = array if array.ndim or array.dtype.kind in "US" else array.item()
    if problems:
        raise DataError(tuple(problems))
    return DataFile(path, values)


def _arrays(path: Path) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            raise ValueError("no archive")
        file.seek(0)
        with np.load(file, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}


FORMAT = Format("npz", _WORDS, (".npz",), read)
