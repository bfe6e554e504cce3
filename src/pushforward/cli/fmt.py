"""`pushforward fmt`: lay programs out in the one way."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pushforward.cli import terminal
from pushforward.cli.outcome import FAULT, as_object, counted
from pushforward.cli.storage import read_program, write_text
from pushforward.cli.verb import Verb
from pushforward.dsl.diagnostic import Diagnostic, ProgramError


def formatted(path: str, text: str) -> str:
    """The text in the one layout, which means the same. Raises `ProgramError` where it cannot be read."""
    from pushforward.dsl.format import format_file
    from pushforward.dsl.parse import parse
    from pushforward.dsl.source import Source

    before = parse(Source(path, text))
    after = format_file(before)
    # A formatter that changes a program would be the worst of bugs, and looking costs little.
    if parse(Source(path, after)).items != before.items:
        raise AssertionError(f"formatting would have changed what {path} means; it was left as it is")
    return after


def run(args: argparse.Namespace) -> int:
    """Format every file that can be read; 1 when one cannot, or with `--check` when one would change."""
    changed: list[str] = []
    same: list[str] = []
    found: list[Diagnostic] = []
    for path in args.files:
        try:
            before = sys.stdin.read() if path == "-" else read_program(path)
            after = formatted(path, before.replace("\r\n", "\n"))
            if path == "-" and not (args.check or args.json):
                terminal.result(after) if after else None
            elif before != after and not args.check:
                write_text(Path(path), after)
        except ProgramError as error:
            found += error.diagnostics
            continue
        (same if before == after else changed).append(path)
    terminal.diagnostics(found)
    _tell(args, changed, same, found)
    return FAULT if found or (args.check and changed) else 0


def _tell(args: argparse.Namespace, changed: list[str], same: list[str], found: list[Diagnostic]) -> None:
    if args.json:
        from pushforward.dsl.render import in_order

        error = {"error": counted(in_order(found))} if found else {}
        diagnostics = {"diagnostics": [as_object(d) for d in in_order(found)]}
        terminal.result_json({**error, **diagnostics, "changed": changed, "unchanged": same, "written": not args.check})
    elif args.check:
        for path in changed:
            terminal.result(path)
    else:
        for path in changed:
            if path != "-":
                terminal.note(f"formatted {path}")


def configure(parser: argparse.ArgumentParser) -> None:
    """The files and `--check`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help=".pf files; - is standard input, written to stdout")
    parser.add_argument("--check", action="store_true", help="write nothing; name what would change, and exit 1")


VERB = Verb(
    "fmt",
    "lay programs out in the one way",
    "pushforward fmt --check examples/posteriors/eight_schools_noncentered/model.pf",
    configure,
    run,
)
