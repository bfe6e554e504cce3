"""`pushforward repl`: statements one by one, on a terminal or from the standard input."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pushforward.cli import arguments, terminal
from pushforward.cli.outcome import WrongUsage, outcome
from pushforward.cli.storage import cache_folder, read_program
from pushforward.cli.verb import Verb


def run(args: argparse.Namespace) -> int:
    """Read, evaluate, print. From a file or a pipe, 1 when a statement failed."""
    if args.json:
        raise WrongUsage("the REPL prints for people; `pushforward run FILE --json` prints JSON")
    from pushforward.cli.hosting import Terminal
    from pushforward.evaluator.session import Session
    from pushforward.repl.host import ReplHost
    from pushforward.repl.loop import Repl
    from pushforward.repl.reading import Stream

    host = ReplHost(Terminal(as_json=False, cache=not args.no_cache), sys.stdout, sys.stderr)
    session = Session(host, seed=args.seed, allow_extern=args.allow_extern)
    repl = Repl(session, host, read_program, lambda error: outcome(error, args.command).text)
    failed = False
    if args.file is not None:
        failed = not repl.handle(f":load {args.file}")
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if interactive:
        from pushforward.repl.prompt import Prompt

        terminal.note(":help tells what there is, ctrl-D leaves")
        repl.loop(Prompt(session, _history()))
        return 0
    failed |= not repl.loop(Stream(sys.stdin))
    return 1 if failed else 0


def _history() -> Path | None:
    """The file of what was typed, readable by this user only; None when there is no cache folder."""
    folder = cache_folder()
    if folder is None:
        return None
    path = folder / "repl-history"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        terminal.note(f"what you type is not kept: {path}: {error.strerror}")
        return None
    return path


def configure(parser: argparse.ArgumentParser) -> None:
    """A file to begin with."""
    parser.add_argument("file", metavar="FILE", nargs="?", help="a .pf file to load first")
    arguments.seed(parser)
    arguments.cache(parser)
    arguments.extern(parser)


VERB = Verb(
    "repl",
    "evaluate statements as they are typed",
    "pushforward repl examples/posteriors/eight_schools_noncentered/model.pf",
    configure,
    run,
)
