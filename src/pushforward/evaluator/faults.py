"""Problems of data and of files, told at the line of the script that met them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.errors.running import UnwritableFile
from pushforward.dsl.source import Span


@contextmanager
def located(span: Span) -> Iterator[None]:
    """A `DataError` raised inside becomes a `ProgramError` with the same codes at `span`."""
    try:
        yield
    except Exception as error:
        # Whoever raised one has imported its module; asking for it here would bring NumPy.
        module = sys.modules.get("pushforward.runtime.data.problem")
        if module is None or not isinstance(error, module.DataError):
            raise
        raise ProgramError(*(_diagnostic(problem, span) for problem in error.problems)) from error


def _diagnostic(problem: Any, span: Span) -> Diagnostic:
    where = f" at {problem.place}" if problem.place and problem.place != problem.key else ""
    declared = f" ({problem.declared})" if problem.declared else ""
    notes = (f"expected: {problem.expected}{declared}",)
    helps = (problem.help,) if problem.help else ()
    label = Label(span, f"found: {problem.found}{where}")
    return Diagnostic(problem.code, "error", problem.title, label, notes=notes, helps=helps)


@contextmanager
def writing(path: str, span: Span) -> Iterator[None]:
    """An `OSError` raised inside becomes PF707 at `span`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProgramError(UnwritableFile.diagnostic(span, reason, path=path)) from error
