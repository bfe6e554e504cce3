"""`load("data.json")`: a file of data as a record, or of draws (`.nc`) as draws."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pushforward.dsl.errors.scripts import NoDataFile
from pushforward.evaluator.binding import text
from pushforward.evaluator.foreseen import nothing_known
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


def foresee(session: Session, given: Mapping[str, Argument], span: Span) -> Value:
    """The content of the file of data that is there. That none is there is a warning: the script itself or another one
    may write it, and a program may be checked where its data are not."""
    from pushforward.evaluator.rehearsal import Rehearsal

    assert isinstance(session, Rehearsal)
    path = Path(text(given["path"], "`load`", "the name of a file"))
    because = f"what is in {path} (line {span.line})"
    if not path.exists():
        label = "looked for in the folder in which the command runs"
        session.found.append(NoDataFile.diagnostic(given["path"].span, label, path=path))
        return nothing_known(because)
    return nothing_known(because) if path.suffix.lower() == ".nc" else run(session, given, span)


BUILTIN = Builtin(
    "load", "read a file of data: JSON, CSV, NPZ, Parquet, or draws in netCDF", ("path",), 1, run, foresee=foresee
)
