"""The command line: `pushforward VERB ...`.

    verb.py      what a verb is; every other file with a constant `VERB` is one, found by scanning this folder
    arguments.py options that verbs share
    outcome.py   what a failure tells the user, and its exit status
    terminal.py  what is written where: results on stdout, everything else on stderr
    programs.py  files to checked programs, and those with data
    storage.py   the cache folder, files that are replaced at once
    progress.py  one line a chain while a run is on;  stopping.py  signals;  checkpoints.py  what `--resume` continues
    diagnosis/   what `diagnose` looks at;  jax_settings.py  JAX as it is wanted here

Exit statuses: 0 success, 1 the fault of the program or the data, 2 wrong usage or not yet, 70 a bug of ours, 128 + n
stopped by signal n. With `--json` stdout holds one JSON object, whatever happens.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from pushforward.cli.arguments import Parser
from pushforward.cli.outcome import WrongUsage, report, usage
from pushforward.cli.terminal import tolerant
from pushforward.cli.verb import Verb

__all__ = ["main", "verbs"]


@cache
def verbs() -> Mapping[str, Verb]:
    """Every verb of this folder, by name, in alphabetical order."""
    modules = {name: import_module(f"{__name__}.{name}") for name in sorted(m.name for m in iter_modules(__path__))}
    found: dict[str, Verb] = {name: module.VERB for name, module in modules.items() if hasattr(module, "VERB")}
    for name, verb in found.items():
        assert verb.name == name, f"{name}.py holds the verb {verb.name!r}"
    return MappingProxyType(found)


def main(argv: list[str] | None = None) -> int:
    """Run a command; gives the exit status and raises nothing."""
    given = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in given
    tolerant()
    try:
        args = parser().parse_args(given)
    except WrongUsage as wrong:
        return usage(wrong, as_json=as_json)
    except SystemExit as asked:  # --help and --version
        return asked.code if isinstance(asked.code, int) else 0
    args.command = ("pushforward", *given)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
        return status
    except WrongUsage as wrong:
        return usage(wrong, as_json=as_json)
    except BaseException as error:
        return report(error, args.command, as_json=as_json)


def parser() -> argparse.ArgumentParser:
    """The parser of all verbs. Errors are raised as `WrongUsage`."""
    from pushforward import __version__

    top = Parser(prog="pushforward", description="A differentiable probabilistic programming language.")
    top.add_argument("--version", action="version", version=f"pushforward {__version__}")
    each = top.add_subparsers(metavar="VERB", required=True)
    for verb in verbs().values():
        one = each.add_parser(
            verb.name,
            help=verb.sentence,
            description=f"{verb.sentence[0].upper()}{verb.sentence[1:]}.",
            epilog=f"example:\n  {verb.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        verb.configure(one)
        one.add_argument("--json", action="store_true", help="print one JSON object")
        one.set_defaults(run=verb.run)
    return top
