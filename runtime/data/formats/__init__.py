"""Formats in which data comes, one file each.

Every module of this folder defines `FORMAT`, a record named for the file; a new format is a new file and no
further edit. `read_file` picks the format by the suffix of the path.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pushforward.runtime.data.formats.record import DataFile, Format, unreadable
from pushforward.runtime.data.problem import DataError, Problem

__all__ = ["DataFile", "Format", "formats", "read_file"]


@cache
def formats() -> MappingProxyType[str, Format]:
    """Every format of this folder, by the name of its file."""
    found: dict[str, Format] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        record = getattr(importlib.import_module(f"{__name__}.{name}"), "FORMAT", None)
        if record is None:
            continue
        if not isinstance(record, Format) or record.name != name:
            raise ImportError(f"{name}.py must define FORMAT = Format(name={name!r}, ...)")
        found[name] = record
    return MappingProxyType(found)


def read_file(path: str | Path) -> DataFile:
    """Read one file of data.

    Raises `DataError`: PF809 when the suffix belongs to no format, PF808 when the file cannot be read,
    and PF802 to PF805 for entries that are no numbers.
    """
    path = Path(path)
    known = {suffix: record for record in formats().values() for suffix in record.suffixes}
    record = known.get(path.suffix.lower())
    if record is None:
        expected = f"a file whose name ends in one of {', '.join(sorted(known))}"
        found = f"the ending `{path.suffix}`" if path.suffix else "a name without an ending"
        raise DataError((Problem(code="PF809", key=path.name, expected=expected, found=found),))
    try:
        return record.read(path)
    except OSError as refusal:
        raise DataError((unreadable(path, record.words, refusal.strerror or str(refusal)),)) from refusal
