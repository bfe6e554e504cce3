"""`pushforward run`: the script of a file, its top-level statements in order."""

from __future__ import annotations

import argparse
import json
import sys

from pushforward.cli import arguments, terminal
from pushforward.cli.outcome import Stopped, outcome
from pushforward.cli.storage import read_program
from pushforward.cli.verb import Verb


def run(args: argparse.Namespace) -> int:
    """Run the script. With --json stdout has a line for each `print`, and one with the error if there is one."""
    try:
        return _run(args)
    except BrokenPipeError:
        raise
    except BaseException as error:
        if not args.json:
            raise
        found = outcome(error, args.command)
        sys.stderr.write(found.text)
        terminal.result(json.dumps({"error": found.sentence, "diagnostics": found.diagnostics}, ensure_ascii=False))
        return found.status


def _run(args: argparse.Namespace) -> int:
    from pushforward.cli.hosting import Terminal
    from pushforward.dsl.source import Source
    from pushforward.evaluator.session import Session

    text = read_program(args.file).replace("\r\n", "\n")
    host = Terminal(as_json=args.json, cache=not args.no_cache)
    try:
        count = Session(host, seed=args.seed, allow_extern=args.allow_extern).run(Source(args.file, text))
    except Exception as error:
        # Only a run can raise it, and brings its module; asking for it here would bring NumPy.
        result = sys.modules.get("pushforward.runtime.samplers.result")
        if result is not None and isinstance(error, result.Interrupted):
            raise Stopped(host.number, "stopped; what the script wrote before stands") from error
        raise
    if not count:
        terminal.note(f"{args.file} has no statements to run: `let`, `print`, `plot(...)` at the top level are some")
    return 0


def configure(parser: argparse.ArgumentParser) -> None:
    """The file."""
    parser.add_argument("file", metavar="FILE", help="a .pf file with a script")
    arguments.seed(parser)
    arguments.cache(parser)
    arguments.extern(parser)


VERB = Verb(
    "run",
    "run the script of a file",
    "pushforward run examples/scripts/eight_schools/analysis.pf",
    configure,
    run,
)
