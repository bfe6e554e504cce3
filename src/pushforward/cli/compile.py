"""`pushforward compile`: the JAX source of a program, or of an objective that the script of a file optimises."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pushforward.cli import arguments, objectives, programs, terminal
from pushforward.cli.storage import write_text
from pushforward.cli.verb import Verb

if TYPE_CHECKING:
    from pushforward.evaluator.rehearsal import Optimised


def run(args: argparse.Namespace) -> int:
    """Write the module; what cannot be compiled is noted, but for the density, without which there is none."""
    from pushforward.compiler.emit.standalone import standalone

    if (objective := _objective(args)) is not None:
        return _compile_objective(args, objective)
    model = programs.any_program(args.file, args.program)
    observed = programs.observed(model, args.observe)
    compiled = model.compiled(observed)
    emitted, _, missing = compiled.text(compiled.everything)
    if "log_density" in missing:
        raise missing["log_density"]
    text = standalone(emitted).text if args.standalone else emitted.text
    reasons = {what: error.diagnostics[0].title for what, error in missing.items()}
    for reason in dict.fromkeys(reasons.values()):
        lacking = ", ".join(what for what in reasons if reasons[what] == reason)
        terminal.note(f"without {lacking}: {reason}")
    if args.output is not None:
        write_text(args.output, text)
        terminal.note(f"wrote {args.output}")
    if args.json:
        shown = {"text": text} if args.output is None else {}
        names = [v for v in model.variables if v in observed]
        path = None if args.output is None else str(args.output)
        terminal.result_json({"program": model.name, "observed": names, "missing": reasons, "output": path, **shown})
    elif args.output is None:
        terminal.result(text)
    return 0


def _objective(args: argparse.Namespace) -> Optimised | None:
    """The objective that is meant: by its name, or the only one of a file without models."""
    module = programs.module(args.file)
    if args.program in module.models or not module.scripted or (args.program is None and module.models):
        return None
    return objectives.one(args.file, args.program)


def _compile_objective(args: argparse.Namespace, found: Optimised) -> int:
    """Write the module of an objective: `estimate`, `parameters` and `initial`."""
    from pushforward.compiler.emit.standalone import standalone

    emitted = found.bound.emitted
    text = standalone(emitted).text if args.standalone else emitted.text
    if args.output is not None:
        write_text(args.output, text)
        terminal.note(f"wrote {args.output}: {found.title}")
    if args.json:
        shown = {"text": text} if args.output is None else {}
        path = None if args.output is None else str(args.output)
        terminal.result_json({"program": found.name, "objective": found.title, "output": path, **shown})
    elif args.output is None:
        terminal.result(text)
    return 0


def configure(parser: argparse.ArgumentParser) -> None:
    """Where to, and for which observed variables."""
    arguments.one_file(parser)
    arguments.output(parser, "OUT.py", "the file to write (standard output)")
    arguments.observe(parser)
    parser.add_argument("--standalone", action="store_true", help="include what it needs of Pushforward's runtime")


VERB = Verb(
    "compile",
    "write the JAX source of a program",
    "pushforward compile examples/posteriors/eight_schools_noncentered/model.pf -o eight_schools.py",
    configure,
    run,
)
