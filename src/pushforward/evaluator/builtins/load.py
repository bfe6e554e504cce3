"""`load("data.json")`: a file of data as a record, or of draws (`.nc`) as draws."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pushforward.evaluator.binding import text
from pushforward.evaluator.registry import Argument, Builtin
from pushforward.evaluator.values import DrawsValue, Record, Value

if TYPE_CHECKING:
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session


def run(session: Session, given: Mapping[str, Argument], span: Span) -> Value:
    """The content of the file. Raises `DataError`."""
    path = Path(text(given["path"], "`load`", "the name of a file"))
    if path.suffix.lower() == ".nc":
        from pushforward.runtime.draws import read_netcdf

        return DrawsValue(read_netcdf(path), f"the draws of {path.name}")
    import numpy as np

    from pushforward.runtime.data import read_file

    file = read_file(path)
    for key, sentence in file.notes.items():
        session.host.note(f"{path.name}: {key}: {sentence}")
    arrays = {name: np.asarray(value) for name, value in file.values.items()}
    fields = {n: a if a.ndim else a.item() for n, a in arrays.items()}
    return Record(fields, f"the content of {path.name}")


BUILTIN = Builtin("load", "read a file of data: JSON, CSV, NPZ, Parquet, or draws in netCDF", ("path",), 1, run)
