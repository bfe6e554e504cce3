"""`pushforward compile`: the JAX source of a program."""

from __future__ import annotations

import argparse

from pushforward.cli import arguments, programs, terminal
from pushforward.cli.storage import write_text
from pushforward.cli.verb import Verb


def run(args: argparse.Namespace) -> int:
    """Write the module; what cannot be compiled is noted, but for the density, without which there is none."""
    from pushforward.compiler.emit.standalone import standalone
    from pushforward.compiler.pipeline import PIPELINES

    model = programs.model(args.file, args.program)
    observed = programs.observed(model, args.observe)
    emitted, _, missing = model.compiled(observed).text(tuple(PIPELINES))
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
