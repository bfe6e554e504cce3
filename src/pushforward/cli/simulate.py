"""`pushforward simulate`: paths of a process at given times."""

from __future__ import annotations

import argparse
import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pushforward.cli import arguments, jax_settings, programs, terminal
from pushforward.cli.outcome import WrongUsage
from pushforward.cli.storage import ask_writable, unwritable
from pushforward.cli.verb import Verb
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.source import Source

if TYPE_CHECKING:
    from pushforward.api.files import Module
    from pushforward.api.model import Bound, Model
    from pushforward.dsl import tree
    from pushforward.runtime.draws import Draws

ROWS = 40
COLUMNS = ("mean", "sd", "q5", "q50", "q95")
MOST_TIMES = 1_000_000


def times(text: str) -> list[float]:
    """`0:10:0.1` (from, to, step; the end included where the steps meet it) or `0,0.5,2`."""
    try:
        parts = [float(p) for p in (text.split(":") if ":" in text else text.split(","))]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither START:END:STEP nor numbers with commas") from None
    if ":" not in text:
        found = parts
    elif len(parts) != 3 or not parts[2] > 0 or not parts[1] > parts[0]:
        raise argparse.ArgumentTypeError(f"{text!r} is not START:END:STEP with a step above 0 and the end last")
    elif (parts[1] - parts[0]) / parts[2] > MOST_TIMES:
        raise argparse.ArgumentTypeError(f"{text!r} are more than {MOST_TIMES:,} times")
    else:
        count = math.floor((parts[1] - parts[0]) / parts[2] * (1 + 1e-12))
        found = [parts[0] + i * parts[2] for i in range(count + 1)]
    if len(found) < 2 or any(b <= a for a, b in itertools.pairwise(found)):
        raise argparse.ArgumentTypeError(f"the times of {text!r} are not at least two, each after the one before")
    return found


def run(args: argparse.Namespace) -> int:
    """Draw the paths, write them, print what they are like."""
    from pushforward.api.paths import exact

    written, process = _process(args)
    bound, notes = _bound(process, args)
    for sentence in notes:
        terminal.note(sentence)
    if args.by is None and not exact(process):
        terminal.note("one step of Euler and Maruyama from time to time: `--by 'milstein(steps=20)'` makes more")
    ask_writable(args.output)
    jax_settings.prepare(cache=not args.no_cache)
    drawn = bound.predict(None, seed=args.seed, draws=args.paths)
    if args.output is not None:
        try:
            drawn.write_netcdf(args.output)
        except OSError as error:
            raise unwritable(args.output, error) from error
        terminal.note(f"wrote {args.output}")
    names = [n for n in drawn.group("prior") if n in _paths(written)]
    lost = _lost(drawn, names)
    if lost:
        terminal.note(f"{lost} of {args.paths} paths are not finite: take more steps, or `--by 'tamed(steps=20)'`")
    rows = _rows(drawn, names, args.at)
    if args.json:
        terminal.result_json(
            {
                "program": process.name, "paths": args.paths, "times": args.at, "states": rows, "notes": notes,
                "seed": args.seed, "output": None if args.output is None else str(args.output),
            }
        )  # fmt: skip
    else:
        terminal.result(_table(rows, args.at))
    return 0


def _process(args: argparse.Namespace) -> tuple[Model, Model]:
    """The process that is meant, and its path by the scheme that is asked for. Raises `ProgramError`."""
    from pushforward.api.paths import paths

    found = programs.module(args.file, allow_extern=args.allow_extern)
    written = None if args.process is None else _written(args.process)
    if written is not None and (process := _taken(found, written)) is not None:
        return process, process if args.by is None else paths(process, args.by)
    names = [m.name for m in found.models.values() if m.program.kind == "process"]
    known = ", ".join(names) or "none"
    if args.process is None and len(names) != 1:
        if not names and found.not_yet:
            raise ProgramError(*found.not_yet)
        raise WrongUsage(f"which process is meant? --process NAME; the processes here: {known}")
    process = found.only(names[0] if args.process is None else args.process)
    if process.program.kind != "process":
        raise WrongUsage(f"{process.name} is a {process.program.kind}, not a process; the processes here: {known}")
    return process, process if args.by is None else paths(process, args.by)


def _written(text: str) -> tree.Call | None:
    """`overdamped(banana() | {y = 3})` as a tree; None for a name alone. Raises `ProgramError`."""
    from pushforward.dsl import tree
    from pushforward.dsl.parse import parse

    if text.isidentifier():
        return None
    match parse(Source("--process", f"let asked = {text}")).items:
        case (tree.Let(value=tree.Call(function=tree.Name()) as written),):
            return written
        case _:
            raise WrongUsage(f"{text!r} is not the name of a process or its call: 'overdamped(banana())'")


def _taken(module: Module, written: tree.Call) -> Model | None:
    """The process of the file, or of the library, that takes programs, with those that are written."""
    from pushforward.api.processes import ProcessTemplate, known
    from pushforward.dsl import tree
    from pushforward.dsl.infer.templates import is_template

    assert isinstance(written.function, tree.Name)
    name = written.function.id
    node = known(module.file).program(name)
    if node is None or node.kind != "process" or not is_template(node):
        raise WrongUsage(f"{name} is no process that takes programs: write --process {name}")
    return ProcessTemplate(node, module.file).of(written)


def _bound(process: Model, args: argparse.Namespace) -> tuple[Bound, tuple[str, ...]]:
    """The process with its arguments and times. Raises `DataError` with every problem."""
    from pushforward.runtime.data import read_file

    given: dict[str, Any] = {} if args.data is None else dict(read_file(args.data).values)
    bound = process(**{n: v for n, v in given.items() if n in _arguments(process)}, times=args.at)
    unused = sorted(set(given) - _arguments(process))
    notes = tuple(f"{n} is not an argument of {process.name}" for n in unused)
    return bound, (*notes, *bound.data.notes)


def _arguments(process: Model) -> set[str]:
    return {p.name for p in process.program.parameters if p.name != "times"} | set(process.program.dims)


def _paths(process: Model) -> set[str]:
    """The names that the path of a process, or of each of its states, may have among the draws: not the noises, the
    starts or the points between the times."""
    from pushforward.dsl import tree

    assert process.node is not None
    states = [s.state for s in process.node.body.statements if isinstance(s, tree.Differential)]
    return {"path"} if len(states) == 1 else {*states, *(f"path_{s}" for s in states)}


def _rows(drawn: Draws, names: list[str], at: list[float]) -> dict[str, dict[str, list[Any]]]:
    """For each state, its mean and spread over the paths at each time."""
    import numpy as np

    found: dict[str, dict[str, list[Any]]] = {}
    for name in names:
        values = drawn.group("prior")[name][0]
        if values.ndim < 2 or values.shape[1] != len(at):
            continue
        found[name] = {
            "mean": values.mean(axis=0).tolist(),
            "sd": values.std(axis=0, ddof=1 if len(values) > 1 else 0).tolist(),
            **{c: np.quantile(values, q, axis=0).tolist() for c, q in (("q5", 0.05), ("q50", 0.5), ("q95", 0.95))},
        }
    return found


def _lost(drawn: Draws, names: list[str]) -> int:
    """How many paths have left what a number can be."""
    import numpy as np

    finite = [
        np.isfinite(drawn.group("prior")[n][0]).reshape(len(drawn.group("prior")[n][0]), -1).all(1) for n in names
    ]
    return int(sum(~np.logical_and.reduce(finite))) if finite else 0


def _table(rows: dict[str, dict[str, list[Any]]], at: list[float]) -> str:
    """One line for each state and time, at most `ROWS` times, evenly spread."""
    import numpy as np

    chosen = sorted({round(i * (len(at) - 1) / (ROWS - 1)) for i in range(ROWS)}) if len(at) > ROWS else range(len(at))
    shown: list[tuple[str, ...]] = [("", "t", *COLUMNS)]
    for name, columns in rows.items():
        shape = np.shape(columns["mean"])[1:]
        for index in np.ndindex(*shape):
            label = name + "".join(f"[{i}]" for i in index)
            for i in chosen:
                values = (np.asarray(columns[c])[(i, *index)] for c in COLUMNS)
                shown.append((label, f"{at[i]:.6g}", *(f"{v:.4g}" for v in values)))
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = [
        "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]).rstrip()
        for line in shown
    ]
    return "\n".join([*lines, *([f"({len(at)} times, {len(chosen)} shown)"] if len(chosen) < len(at) else [])])


def configure(parser: argparse.ArgumentParser) -> None:
    """The process, its arguments, the times, how many paths, and where to."""
    parser.add_argument("file", metavar="FILE", help="a .pf file")
    parser.add_argument(
        "--process", metavar="NAME", help="the process that is meant, where the file has several; one that takes"
        " programs with them: 'overdamped(banana())'",
    )  # fmt: skip
    parser.add_argument(
        "--data", metavar="D.json", type=Path, help="the arguments of the process: JSON, CSV, NPZ or Parquet"
    )
    parser.add_argument(
        "--at", metavar="START:END:STEP", type=times, required=True, help="the times, or some with commas: 0,0.5,2"
    )
    parser.add_argument(
        "--by", metavar="SCHEME", help="how, as after `by` in a program: 'milstein(steps=4)'"
        " (the exact law where it is known, else euler_maruyama with a step from time to time)",
    )  # fmt: skip
    parser.add_argument("--paths", type=arguments.whole(1), default=100, help="how many (100)")
    arguments.seed(parser)
    arguments.output(parser, "P.nc", "write the paths as netCDF, which ArviZ reads")
    arguments.cache(parser)
    arguments.extern(parser)


_FOLDER = "examples/processes/predation"
VERB = Verb(
    "simulate",
    "draw paths of a process",
    f"pushforward simulate {_FOLDER}/model.pf --data {_FOLDER}/rates.json --at 0:20:1",
    configure,
    run,
)
