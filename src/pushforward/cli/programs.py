"""Files to checked programs, and those with data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pushforward.cli import storage, terminal
from pushforward.cli.outcome import WrongUsage

if TYPE_CHECKING:
    from pushforward.api.files import Module
    from pushforward.api.model import Bound, Model


def module(path: str, *, allow_extern: bool = True) -> Module:
    """A checked file; `allow_extern` for verbs that run none of it, or where the user said so. How many warnings it
    has is noted. Raises `ProgramError` with every finding."""
    from pushforward.api.files import loads

    found = loads(storage.read_program(path).replace("\r\n", "\n"), path, allow_extern=allow_extern)
    if found.warnings:
        several = "s" if len(found.warnings) > 1 else ""
        terminal.note(f"{len(found.warnings)} warning{several} in {path}: `pushforward check {path}` shows them")
    return found


def model(path: str, name: str | None, *, allow_extern: bool = True) -> Model:
    """The model of a file that is meant. Raises `ProgramError`."""
    return module(path, allow_extern=allow_extern).only(name)


def any_program(path: str, name: str | None) -> Model:
    """The model of a file that is meant, or the problem of one without models. Raises `ProgramError`."""
    found = module(path)
    models = [m.name for m in found.models.values() if m.program.kind == "model"]
    return found.only(models[0] if name is None and len(models) == 1 else name)


def problem(path: str, name: str | None, *, allow_extern: bool = True) -> Model:
    """The problem of a file that is meant: the only one, where no name is given. Raises `ProgramError`."""
    found = module(path, allow_extern=allow_extern)
    problems = [m.name for m in found.models.values() if m.program.kind == "problem"]
    return found.only(problems[0] if name is None and len(problems) == 1 else name)


def bound(model: Model, data: Path | None) -> tuple[Bound, tuple[str, ...]]:
    """The model with its data, checked, and what there is to remark. Raises `DataError` with every problem."""
    from pushforward.runtime.data import read_file

    found = model.with_data(read_file(data) if data is not None else {})
    return found, tuple(found.data.notes)


def observes(model: Model) -> bool:
    """Whether a site of the program observes an argument, or a `let` made of data, whatever else the data give."""
    from pushforward.dsl import typed

    def any_observes(body: tuple[typed.Statement, ...]) -> bool:
        return any(map(observes_one, body))

    def observes_one(statement: typed.Statement) -> bool:
        match statement:
            case typed.Site():
                return statement.observes
            case typed.For():
                return any_observes(statement.body)
            case typed.If():
                return any_observes((*statement.then, *statement.orelse))
            case _:
                return False

    return any_observes(model.program.body)


def observed(model: Model, names: frozenset[str] | None, data: Path | None = None) -> frozenset[str]:
    """The variables that data give: those named, else those in a file of data, else those on which no other depends."""
    if names is not None:
        unknown = sorted(names - set(model.variables))
        if unknown:
            known = ", ".join(model.variables) or "none"
            raise WrongUsage(f"{model.name} has no variable {unknown[0]!r}; it has {known}")
        return names
    if data is not None:
        from pushforward.runtime.data import read_file

        return frozenset(read_file(data).values) & frozenset(model.variables)
    chosen = model.compiled(None).observed
    if not model.variables:
        return chosen
    given = ", ".join(v for v in model.variables if v in chosen) or "nothing"
    terminal.note(f"{given} of {model.name} is taken as observed (--observe says otherwise)")
    return chosen
