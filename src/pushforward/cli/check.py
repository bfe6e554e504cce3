"""`pushforward check`: what is wrong with a program, before anything is compiled or run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushforward.cli import terminal
from pushforward.cli.outcome import as_object, counted
from pushforward.cli.storage import read_program
from pushforward.cli.verb import Verb
from pushforward.dsl.diagnostic import Diagnostic, ProgramError

if TYPE_CHECKING:
    from pushforward.dsl.typed import TypedProgram


@dataclass(frozen=True)
class Checked:
    """What was found in a file."""

    file: str
    programs: tuple[TypedProgram, ...]
    found: tuple[Diagnostic, ...]
    templates: tuple[str, ...] = ()  # objectives, and models that take programs

    @property
    def status(self) -> int:
        """1 for an error, else 2 for a construct without meaning yet, else 0."""
        severities = {d.severity for d in self.found}
        return 1 if "error" in severities else 2 if "not yet" in severities else 0


def check(path: str) -> Checked:
    """Everything that the checker says of a file; `-` is the standard input."""
    from pushforward.dsl import tree
    from pushforward.dsl.infer import infer
    from pushforward.dsl.infer.templates import is_template
    from pushforward.dsl.parse import parse
    from pushforward.dsl.source import Source
    from pushforward.evaluator.rehearsal import rehearse
    from pushforward.evaluator.vocabulary import vocabulary
    from pushforward.stdlib.catalogue import catalogue

    try:
        text = sys.stdin.read() if path == "-" else read_program(path).replace("\r\n", "\n")
        tree_ = parse(Source(path, text))
        inferred = infer(tree_, catalogue(), vocabulary)
        rehearsed = rehearse(tree_, inferred).found
    except ProgramError as error:
        return Checked(path, (), error.diagnostics)
    nodes = {i.name: i for i in tree_.items if isinstance(i, tree.Program)}
    templates = (name for name, node in nodes.items() if is_template(node, nodes))
    found = (*inferred.warnings, *inferred.not_yet, *rehearsed)
    return Checked(path, inferred.typed.programs, found, tuple(templates))


def run(args: argparse.Namespace) -> int:
    """Check every file; 1 when one is at fault, 2 when one holds what has no meaning yet."""
    files = [check(path) for path in args.files]
    statuses = {file.status for file in files}
    status = 1 if 1 in statuses else 2 if 2 in statuses else 0
    for file in files:
        terminal.diagnostics(file.found)
    if args.json:
        terminal.result_json(_object(files, status))
        return status
    for file in files:
        known = ", ".join((*(p.name for p in file.programs), *file.templates)) or "no programs"
        names = "" if file.status == 1 else f" ({known})"
        terminal.result(f"{file.file}: {_verdict(file)}{names}")
    return status


def _verdict(file: Checked) -> str:
    counts = [(_count(file, s), s) for s in ("error", "not yet", "warning")]
    said = [f"{n} {word}{'s' if n > 1 and word != 'not yet' else ''}" for n, word in counts if n]
    return ", ".join(said) or "ok"


def _count(file: Checked, severity: str) -> int:
    return sum(d.severity == severity for d in file.found)


def _object(files: list[Checked], status: int) -> Mapping[str, object]:
    from pushforward.dsl.render import in_order

    grave = [d for file in files for d in in_order(file.found) if d.severity in ("error", "not yet")]
    error = {"error": counted(grave)} if status else {}
    each = [
        {
            "file": file.file,
            "ok": file.status == 0,
            "programs": [_program(p) for p in file.programs],
            "templates": list(file.templates),
            "diagnostics": [as_object(d) for d in in_order(file.found)],
        }
        for file in files
    ]
    flat = [as_object(d) for file in files for d in in_order(file.found)]
    return {"ok": status == 0, **error, "diagnostics": flat, "files": each}


def _program(program: TypedProgram) -> Mapping[str, object]:
    from pushforward.dsl.show_typed import show_type

    return {
        "name": program.name,
        "kind": program.kind,
        "doc": program.doc,
        "dims": list(program.dims),
        "arguments": {p.name: show_type(p.type) for p in program.parameters},
        "variables": {v.name: show_type(v.type) for v in program.variables},
    }


def configure(parser: argparse.ArgumentParser) -> None:
    """The files."""
    parser.add_argument("files", metavar="FILE", nargs="+", help=".pf files; - is the standard input")


VERB = Verb(
    "check",
    "say what is wrong with programs, before anything runs",
    "pushforward check examples/posteriors/eight_schools_noncentered/model.pf",
    configure,
    run,
)
