"""Paths of a process: the model that draws them, by a scheme that is asked for."""

from __future__ import annotations

from pushforward.api.model import Model
from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.processes import UnknownScheme
from pushforward.dsl.infer import Declarations, FileLibrary, typed_library
from pushforward.dsl.infer.programs import program
from pushforward.dsl.infer.report import Report
from pushforward.dsl.parse import parse
from pushforward.dsl.processes import alone
from pushforward.dsl.processes.choice import why_not_exact
from pushforward.dsl.processes.reading import read
from pushforward.dsl.source import NOWHERE, Source
from pushforward.stdlib.catalogue import catalogue


def exact(process: Model) -> bool:
    """Whether a path of `process`, as it is made if nothing else is said, has no error but that of an integrator."""
    assert process.node is not None and process.file is not None
    known = _known(process.file)
    found = read(known, process.node, Report())
    return found is None or not found.noisy or why_not_exact(known, found) is None


def _known(file: tree.File) -> Declarations:
    programs = tuple(i for i in file.items if isinstance(i, tree.Program))
    return Declarations(FileLibrary(file), typed_library(catalogue()), programs, quiet=False)


def paths(process: Model, scheme: str) -> Model:
    """The model of a path of `process`, as `pushforward.load(...).name` gives it, but by `scheme`: the text after `by`
    and `@` in a program, such as `milstein(steps=4)` or `tsit5(rtol=1e-8)`. Its arguments are those of the process and
    `times`, f64[n], of which the first is that of the start. Raises `ProgramError`.
    """
    assert process.node is not None and process.file is not None
    text = f"model scheme() {{\n  path ~ process at times by {scheme}\n}}\n"
    method: tree.Method | None = None
    match parse(Source("--by", text)).items:
        case (tree.Program(body=tree.Block(statements=(tree.Site(method=tree.Method() as method),))),):
            pass
        case _:
            raise ProgramError(UnknownScheme.diagnostic(NOWHERE, "", name=scheme))
    report = Report()
    known = _known(process.file)
    whole = alone(known, process.node, report, method)
    typed = None if whole is None else program(known, whole, report, care=False)
    if typed is None or report.errors:
        raise ProgramError(*(report.errors or report.not_yet))
    return Model(typed, process.source, whole, process.file)
