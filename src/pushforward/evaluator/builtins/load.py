"""`load("data.json")`: a file of data as a record, or of draws (`.nc`) as draws; `load("flow.npz", flow(base()))`: a
process with the parameters that a fit has found and `save` has written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.flows import OtherParameters
from pushforward.dsl.errors.scripts import NoDataFile, NotOfThatKind
from pushforward.evaluator.binding import text
from pushforward.evaluator.foreseen import nothing_known
from pushforward.evaluator.objectives import FlowValue, program_of
from pushforward.evaluator.registry import Argument, Builtin
from pushforward.evaluator.values import DrawsValue, Record, Value, kind_of

if TYPE_CHECKING:
    from pushforward.api.programs import Applied, Template
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session


def run(session: Session, given: Mapping[str, Argument], span: Span) -> Value:
    """The content of the file. Raises `DataError`."""
    path = Path(text(given["path"], "`load`", "the name of a file"))
    if "process" in given:
        return _process(session, given, path)
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
    if "process" in given:
        from pushforward.api.programs import Flow

        return FlowValue(Flow(_asked(given["process"]), {}))
    because = f"what is in {path} (line {span.line})"
    if not path.exists():
        label = "looked for in the folder in which the command runs"
        session.found.append(NoDataFile.diagnostic(given["path"].span, label, path=path))
        return nothing_known(because)
    return nothing_known(because) if path.suffix.lower() == ".nc" else run(session, given, span)


def _asked(given: Argument) -> Applied | Template:
    """The process whose parameters are in the file. Raises `ProgramError` (PF721)."""
    from pushforward.api.programs import Flow, is_process, without_times

    program = program_of(given)
    program = None if program is None else without_times(program)
    if not is_process(program) or isinstance(program, Flow):
        found = kind_of(given.value)
        raise ProgramError(
            NotOfThatKind.diagnostic(
                given.span, f"this is {found}", who="`load`", wanted="a process with parameters", found=found,
                helps=('write `load("flow.npz", flow(base()))`',),
            )
        )  # fmt: skip
    return program


def _process(session: Session, given: Mapping[str, Argument], path: Path) -> Value:
    from pushforward.api.flow_file import OtherProcess, read

    program = _asked(given["process"])
    session.prepare()
    try:
        return FlowValue(read(program, path))
    except (OtherProcess, OSError) as error:
        reason = f"it cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
        name = process_name(program)
        raise ProgramError(OtherParameters.diagnostic(given["path"].span, reason, path=path, name=name)) from error


def process_name(program: Applied | Template) -> str:
    """The name of a process."""
    from pushforward.api.flow import process_of

    return process_of(program).name


BUILTIN = Builtin(
    "load", "read a file of data: JSON, CSV, NPZ, Parquet, draws in netCDF, or the parameters of a process in NPZ",
    ("path", "process"), 1, run, foresee=foresee,
)  # fmt: skip
