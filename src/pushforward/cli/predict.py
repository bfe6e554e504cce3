"""`pushforward predict`: draws of what the data give from the posterior, or of everything from the prior."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pushforward.cli import arguments, jax_settings, programs, terminal
from pushforward.cli.storage import ask_writable, unwritable
from pushforward.cli.verb import Verb
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.running import OtherDraws
from pushforward.dsl.source import NOWHERE

if TYPE_CHECKING:
    from pushforward.api.model import Bound
    from pushforward.runtime.draws import Draws

ROWS = 200
COLUMNS = ("mean", "sd", "q5", "q50", "q95")
PRIOR_DRAWS = 1000


def run(args: argparse.Namespace) -> int:
    """Predict, write the draws, print their table."""
    bound, notes = programs.bound(programs.model(args.file, args.program, allow_extern=args.allow_extern), args.data)
    for sentence in notes:
        terminal.note(sentence)
    ask_writable(args.output)
    posterior = None if args.posterior is None else _posterior(args.posterior, bound)
    jax_settings.prepare(cache=not args.no_cache)
    if posterior is None:
        drawn = bound.predict(None, seed=args.seed, draws=args.draws or PRIOR_DRAWS)
    else:
        _fits(args.posterior, bound, posterior)
        drawn = bound.predict(posterior, seed=args.seed, draws=args.draws)
    if args.output is not None:
        try:
            drawn.write_netcdf(args.output)
        except OSError as error:
            raise unwritable(args.output, error) from error
        terminal.note(f"wrote {args.output}")
    groups = ("prior", "prior_predictive") if posterior is None else ("posterior_predictive",)
    names = [name for group in groups for name in drawn.group(group)]
    if args.json:
        terminal.result_json(_object(args, bound, drawn, names, notes))
    else:
        terminal.result(_table(drawn, names))
    return 0


def _posterior(path: Path, bound: Bound) -> Draws:
    """The draws of a file, which must have every variable that the data do not give. Raises `DataError`,
    `ProgramError`."""
    from pushforward.runtime.draws import read_netcdf

    found = read_netcdf(path)
    lacking = [v for v in bound.model.variables if v not in bound.observations and v not in found.posterior]
    if lacking:
        raise _others(
            path, bound, f"they lack {', '.join(lacking)}", f"they have {', '.join(found.posterior) or 'none'}"
        )
    if not bound.observations:
        raise _others(path, bound, "the data give none of the variables, so there is nothing to predict")
    return found


def _fits(path: Path, bound: Bound, posterior: Draws) -> None:
    """Raises `ProgramError` when a shape is not the one that the data imply."""
    import jax
    import numpy as np

    expected = jax.eval_shape(bound.constrain, np.zeros(bound.dimension))
    wrong = [
        f"{name} has the shape {posterior.posterior[name].shape[2:]}, and {value.shape} with these data"
        for name, value in expected.items()
        if posterior.posterior[name].shape[2:] != value.shape
    ]
    if wrong:
        raise _others(path, bound, *wrong)


def _others(path: Path, bound: Bound, *notes: str) -> ProgramError:
    return ProgramError(OtherDraws.diagnostic(NOWHERE, "", notes=notes, path=path, program=bound.model.name))


def _summary(drawn: Draws, names: list[str]) -> dict[str, dict[str, float | None]]:
    """The columns that mean something for independent draws."""
    rows = drawn.summary(names).to_json_object()
    return {row: {c: values[c] for c in COLUMNS} for row, values in rows.items()}


def _table(drawn: Draws, names: list[str]) -> str:
    rows = list(_summary(drawn, names).items())
    shown: list[tuple[str, ...]] = [("", *COLUMNS)]
    shown += [(row, *("-" if v is None else f"{v:.4g}" for v in values.values())) for row, values in rows[:ROWS]]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = [
        "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]).rstrip()
        for line in shown
    ]
    return "\n".join([*lines, *([f"... {len(rows) - ROWS:,} more rows"] if len(rows) > ROWS else [])])


def _object(
    args: argparse.Namespace, bound: Bound, drawn: Draws, names: list[str], notes: tuple[str, ...]
) -> Mapping[str, Any]:
    return {
        "program": bound.model.name,
        "from": "prior" if args.posterior is None else str(args.posterior),
        "chains": drawn.chains,
        "draws": drawn.draws,
        "variables": _summary(drawn, names),
        "notes": notes,
        "seed": args.seed,
        "output": None if args.output is None else str(args.output),
    }


def configure(parser: argparse.ArgumentParser) -> None:
    """The data, from what to predict, and where to."""
    arguments.one_file(parser)
    arguments.data(parser)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--prior", action="store_true", help="draw every variable from the prior (this is the default)")
    source.add_argument("--posterior", metavar="OUT.nc", type=Path, help="the draws that `pushforward sample` wrote")
    parser.add_argument(
        "--draws", type=arguments.whole(1), help=f"how many (all of the posterior's; {PRIOR_DRAWS} from the prior)"
    )
    arguments.seed(parser)
    arguments.output(parser, "P.nc", "write the draws as netCDF, which ArviZ reads")
    arguments.cache(parser)
    arguments.extern(parser)


_FOLDER = "examples/posteriors/eight_schools_noncentered"
VERB = Verb(
    "predict",
    "draw what the data give, from the posterior, or everything from the prior",
    f"pushforward predict {_FOLDER}/model.pf --data {_FOLDER}/data.json --prior",
    configure,
    run,
)
