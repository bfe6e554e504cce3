"""`pushforward generate`: draws from the law of a process at time 1, such as a flow that a script has saved."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pushforward.cli import arguments, terminal
from pushforward.cli.outcome import WrongUsage
from pushforward.cli.storage import ask_writable, read_program, unwritable
from pushforward.cli.verb import Verb

if TYPE_CHECKING:
    from pushforward.evaluator.session import Session
    from pushforward.runtime.draws import Draws


def run(args: argparse.Namespace) -> int:
    """Draw, write the draws and a picture, print what they are like."""
    from pushforward.cli.hosting import Terminal
    from pushforward.dsl.source import Source
    from pushforward.evaluator.session import Session
    from pushforward.evaluator.values import DrawsValue

    ask_writable(args.output)
    ask_writable(args.plot)
    host = Terminal(as_json=args.json, cache=not args.no_cache)
    session = Session(host, seed=args.seed, allow_extern=args.allow_extern)
    text = read_program(args.file).replace("\r\n", "\n")
    session.declare(Source(args.file, text))
    _give(session, args.data)
    process = args.process if args.process is not None else _only(session)
    asked = process if args.params is None else f"load({json.dumps(str(args.params))}, {process})"
    by = "" if args.by is None else f" by {args.by}"
    session.run(Source("--process", f"let drawn = generate {asked} {args.draws}{by}\n"))
    drawn = session.environment.lookup("drawn")
    assert isinstance(drawn, DrawsValue)
    _write(args, drawn.draws)
    if args.json:
        terminal.result_json({"process": process, "draws": args.draws, "seed": args.seed, "states": drawn.json()})
    else:
        terminal.result(drawn.text())
    return 0


def _give(session: Session, path: Path | None) -> None:
    """The data under their names. Raises `DataError`."""
    if path is None:
        return
    import numpy as np

    from pushforward.runtime.data import read_file

    for name, value in read_file(path).values.items():
        array = np.asarray(value)
        session.environment.define(name, array if array.ndim else array.item())


def _only(session: Session) -> str:
    """The process of a file that has one, which needs no arguments. Raises `WrongUsage`."""
    found = [p for p in session.environment.programs.values() if p.kind == "process"]
    if len(found) == 1 and all(p.default is not None for p in found[0].parameters):
        return f"{found[0].name}()"
    known = ", ".join(f"{p.name}({', '.join(q.name for q in p.parameters)})" for p in found) or "none"
    raise WrongUsage(f"which process is meant? --process 'NAME(...)', as in a script; the processes here: {known}")


def _write(args: argparse.Namespace, drawn: Draws) -> None:
    if args.output is not None:
        try:
            drawn.write_netcdf(args.output)
        except OSError as error:
            raise unwritable(args.output, error) from error
        terminal.note(f"wrote {args.output}")
    if args.plot is None:
        return
    from pushforward.runtime.draws.plane import plane

    state = next(n for n in drawn.group("posterior") if n != "start")
    points = drawn.group("posterior")[state][0]
    if points.ndim != 2 or points.shape[1] != 2:
        raise WrongUsage(f"--plot shows points of the plane; {state} has the shape {points.shape[1:]}")
    try:
        plane({state: points}, args.plot)
    except ValueError as error:
        raise WrongUsage(f"--plot: {error}") from error
    except OSError as error:
        raise unwritable(args.plot, error) from error
    terminal.note(f"wrote {args.plot}")


def configure(parser: argparse.ArgumentParser) -> None:
    """The process, its arguments and parameters, how many, how, and where to."""
    parser.add_argument("file", metavar="FILE", help="a .pf file")
    parser.add_argument(
        "--process", metavar="'NAME(...)'", help="the process with its arguments, as in a script: 'flow(base())'"
    )
    parser.add_argument("--params", metavar="P.npz", type=Path, help="its parameters, as a script has saved them")
    parser.add_argument(
        "--data", metavar="D.json", type=Path, help="names for its arguments: JSON, CSV, NPZ or Parquet"
    )
    parser.add_argument("--draws", type=arguments.whole(1), default=1000, help="how many (1000)")
    parser.add_argument(
        "--by", metavar="ALGORITHM", help="how, as in a script: 'heun(steps=8)' (tsit5, with noise euler_maruyama)"
    )
    arguments.seed(parser)
    arguments.output(parser, "X.nc", "write the draws as netCDF, which ArviZ reads")
    parser.add_argument("--plot", metavar="X.png", type=Path, help="write a picture of points of the plane")
    arguments.cache(parser)
    arguments.extern(parser)


VERB = Verb(
    "generate",
    "draw from the law of a process at time 1",
    "pushforward generate examples/flows/rectified_gaussians/rotation.pf",
    configure,
    run,
)
