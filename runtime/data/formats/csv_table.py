"""Tables as text: a header of names, a row an observation, a column a vector.

Columns `x.1, x.2` (as Stan counts) or `x[0], x[1]` are the elements of one vector a row; `x.1.2` and `x[0,1]`
those of a matrix. Empty cells, `NA` and `NaN` become NaN and are reported; `#` starts a line of comment.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from pushforward.runtime.data.arrays import LARGEST_INTEGER, Array, is_number
from pushforward.runtime.data.formats.record import DataFile, Format, unreadable
from pushforward.runtime.data.problem import DataError, Problem, place

_WORDS: Final = "a table: a header of names, then one row of numbers an observation"
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_ELEMENT: Final = re.compile(
    r"(?P<name>[^.\[\]]+)(?:\.(?P<dots>[0-9]+(?:\.[0-9]+)*)|\[(?P<list>[0-9]+(?:, *[0-9]+)*)\])"
)
_DELIMITERS: Final = {".csv": ",", ".tsv": "\t"}


def read(path: Path) -> DataFile:
    """Read a table. Raises `DataError`: PF808 for a broken table, PF804 for integers beyond 2^53."""
    header, rows = _rows(path)
    columns = {name: [row[j] for _, row in rows] for j, name in enumerate(header)}
    problems = [p for name, cells in columns.items() if (p := _big_integer(name, cells)) is not None]
    if problems:
        raise DataError(tuple(problems))
    values = {name: _column(cells) for name, cells in columns.items()}
    lines = [line for line, _ in rows]
    notes = {name: note for name, cells in columns.items() if (note := _missing_note(name, cells, lines))}
    return _joined(path, values, notes)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and the rows with the numbers of their lines."""
    delimiter = _DELIMITERS[path.suffix.lower()]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter)
            lines = [(reader.line_num, [cell.strip() for cell in row]) for row in _without_comments(reader)]
    except (UnicodeDecodeError, csv.Error) as refusal:
        raise DataError((unreadable(path, _WORDS, str(refusal)),)) from refusal
    if not lines:
        raise DataError((unreadable(path, _WORDS, "an empty file"),))
    (_, header), rows = lines[0], lines[1:]
    problems = [*_header_problems(path, header), *_length_problems(path, len(header), rows)]
    if problems:
        raise DataError(tuple(problems))
    return header, rows


def _without_comments(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    return (row for row in reader if row and not row[0].lstrip().startswith("#"))


def _header_problems(path: Path, header: list[str]) -> Iterator[Problem]:
    for name in sorted({name for name in header if header.count(name) > 1}):
        shown = f"the column `{name}` {header.count(name)} times" if name else "columns without a name"
        yield unreadable(path, "a name of its own for every column", shown)
    if len(header) == 1 and ";" in header[0]:
        help = "write the table with commas between cells and points in numbers"
        yield unreadable(path, "cells separated by commas", "semicolons", help)
    elif all(map(is_number, header)):
        yield unreadable(path, _WORDS, "a first line of numbers", "name the columns in the first line")


def _length_problems(path: Path, width: int, rows: list[tuple[int, list[str]]]) -> Iterator[Problem]:
    bad = [(line, len(row)) for line, row in rows if len(row) != width]
    for line, length in bad[:1]:
        more = f" (and in {len(bad) - 1} more)" if len(bad) > 1 else ""
        expected = f"{width} cells in every line, as in the header"
        yield unreadable(path, expected, f"{length}{more}", at=f"line {line}")


def _missing_note(name: str, cells: list[str], lines: list[int]) -> str:
    missing = [line for cell, line in zip(cells, lines, strict=True) if _is_missing(cell)]
    if not missing:
        return ""
    count = "1 empty cell" if len(missing) == 1 else f"{len(missing)} empty cells"
    return f"{count} of column `{name}` became NaN, the first in line {missing[0]}"


def _is_missing(cell: str) -> bool:
    return cell in ("", "NA") or cell.lower() == "nan"


def _big_integer(name: str, cells: list[str]) -> Problem | None:
    for i, cell in enumerate(cells):
        if len(cell) >= 16 and _INTEGER.fullmatch(cell) and abs(int(cell[:400])) > LARGEST_INTEGER:
            return Problem(
                code="PF804",
                key=name,
                expected="integers between -2^53 and 2^53, which 64-bit reals hold exactly",
                found=cell[:40],
                place=place(name, (i,)),
                help="where a real is meant, write it with a decimal point or an exponent",
            )
    return None


def _column(cells: Sequence[str]) -> Array:
    """Integers, booleans or reals where every cell that is there reads as one; otherwise the text itself."""
    present = [cell for cell in cells if not _is_missing(cell)]
    whole = len(present) == len(cells)
    if present and all(map(_INTEGER.fullmatch, present)) and whole:
        return np.array([int(cell) for cell in cells], dtype=np.int64)
    if present and all(cell.lower() in ("true", "false") for cell in present):
        truth = [np.nan if _is_missing(cell) else float(cell.lower() == "true") for cell in cells]
        return np.array(truth).astype(np.bool_) if whole else np.array(truth)
    if all(map(is_number, present)):
        return np.array([np.nan if _is_missing(cell) else float(cell) for cell in cells], dtype=np.float64)
    return np.array(cells, dtype=np.str_)


def _joined(path: Path, columns: dict[str, Array], notes: dict[str, str]) -> DataFile:
    """Put the columns that are elements of one vector or matrix together, as trailing axes."""
    families: dict[str, dict[tuple[int, ...], str]] = {}
    values: dict[str, Array] = {}
    problems: list[Problem] = []
    for name in columns:
        if not (element := _ELEMENT.fullmatch(name)):
            values[name] = columns[name]
            continue
        index = tuple(map(int, re.split(r"[., ]+", element["dots"] or element["list"])))
        family = families.setdefault(element["name"], {})
        if (other := family.setdefault(index, name)) != name:
            problems.append(_clash(path, other, name))
    joined_notes = {name: note for name, note in notes.items() if name in values}
    for name, elements in families.items():
        if name in values:
            problems.append(_clash(path, name, next(iter(elements.values()))))
            continue
        if (problem := _incomplete(path, name, list(elements))) is not None:
            problems.append(problem)
            continue
        base = min(elements)
        shape = tuple(m - b + 1 for m, b in zip(max(elements), base, strict=True))
        stacked = np.stack([columns[elements[index]] for index in sorted(elements)], axis=-1)
        values[name] = stacked.reshape(len(stacked), *shape)
        if told := [notes[column] for column in elements.values() if column in notes]:
            joined_notes[name] = "; ".join(told)
    if problems:
        raise DataError(tuple(problems))
    return DataFile(path, values, tabular=True, notes=joined_notes)


def _incomplete(path: Path, name: str, indices: list[tuple[int, ...]]) -> Problem | None:
    """A problem unless the indices are a full box that starts at 0 or at 1."""
    base, top = min(indices), max(indices)
    if len({len(index) for index in indices}) == 1 and set(base) in ({0}, {1}):
        extent = tuple(max(t - b + 1, 0) for t, b in zip(top, base, strict=True))
        # Distinct indices inside the box fill it when they are as many as it holds.
        inside = all(b <= i < b + n for index in indices for i, b, n in zip(index, base, extent, strict=True))
        if inside and len(set(indices)) == len(indices) == math.prod(extent):
            return None
    found = f"{len(indices)} columns between {name}{list(base)} and {name}{list(top)}"
    return unreadable(path, f"every element of `{name}`, counted from 0 or from 1, as a column", found)


def _clash(path: Path, name: str, element: str) -> Problem:
    found = f"both a column `{name}` and a column `{element}`"
    return unreadable(path, "one meaning for every column", found)


FORMAT = Format("csv_table", _WORDS, (".csv", ".tsv"), read)
