"""What a format is, and what reading a file gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from pushforward.runtime.data.arrays import Array
from pushforward.runtime.data.problem import Problem

Value: TypeAlias = Array | float | int | bool


@dataclass(frozen=True)
class DataFile:
    """The content of a file of data.

    `tabular`: the values are columns of one table, so a scalar is a column that does not vary and whole
    numbers may have been written as reals. `notes` tells, by key, what reading changed.
    """

    path: Path
    values: Mapping[str, Any]
    tabular: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write data down: `name` is its file here, `words` what a user calls it."""

    name: str
    words: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], DataFile]


def unreadable(path: Path, expected: str, found: str, help: str = "", at: str = "") -> Problem:
    """The problem PF808: the file is there or not, and its content is not what its ending promises."""
    return Problem(code="PF808", key=path.name, expected=expected, found=found, help=help, place=at)
