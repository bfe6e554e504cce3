"""`pushforward sample`: draws from the posterior, and whether they can be trusted."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pushforward.cli import arguments, jax_settings, programs, terminal
from pushforward.cli.checkpoints import Checkpoint, describe
from pushforward.cli.outcome import Stopped, WrongUsage
from pushforward.cli.progress import watching
from pushforward.cli.stopping import Stop, stopping
from pushforward.cli.storage import ask_writable, unwritable
from pushforward.cli.verb import Verb

if TYPE_CHECKING:
    from pushforward.api.model import Bound
    from pushforward.api.sampling import Posterior

ROWS = 200  # of the table that is printed; the file and --json have all
LENGTH = ("chains", "warmup", "draws")
OPTIONS = ("target_accept", "max_treedepth", "metric")


def run(args: argparse.Namespace) -> int:
    """Sample, write the draws, print the table and what speaks against them."""
    if args.resume and args.output is None:
        raise WrongUsage("--resume needs --output: the checkpoint lies beside it")
    bound, notes = programs.bound(programs.model(args.file, args.program, allow_extern=args.allow_extern), args.data)
    if not (bound.observations or programs.observes(bound.model)):
        notes = (*notes, "the data give none of the variables: this samples the prior")
    for sentence in notes:
        terminal.note(sentence)
    ask_writable(args.output)
    _ask_drawable(args.plot)
    posterior = _sampled(args, bound)
    _plot(posterior, bound.model.name, args.plot)
    if args.json:
        terminal.result_json(_object(args, bound, posterior, notes))
        return 0
    from pushforward.runtime.draws import print_summary

    print_summary(posterior.summary(), limit=ROWS)
    _say(posterior)
    return 0


def _sampled(args: argparse.Namespace, bound: Bound) -> Posterior:
    """The posterior, written to `--output`; the checkpoint is removed once it is."""
    settings = _settings(args, bound)
    kept = Checkpoint(args.output) if args.output is not None else None
    with stopping() as stop:
        if kept is not None:
            _begin(kept, describe(bound, settings), resume=args.resume)
        posterior = _draw(args, bound, kept, stop)
        if kept is not None:
            try:
                posterior.write_netcdf(kept.output)
            except OSError as error:
                raise unwritable(kept.output, error) from error
            kept.end()
            terminal.note(f"wrote {kept.output}")
    return posterior


def _settings(args: argparse.Namespace, bound: Bound) -> dict[str, Any]:
    """All that the draws depend on besides program and data. Raises `ProgramError`, `WrongUsage`."""
    from pushforward.api.running import Runner

    try:
        runner = Runner.asked(bound, args.by, {n: getattr(args, n) for n in OPTIONS if getattr(args, n) is not None})
    except TypeError as error:
        raise WrongUsage(str(error)) from error
    length = {name: getattr(args, name) for name in LENGTH}
    return {"by": runner.name, **length, **runner.resolved, "seed": args.seed}


def _draw(args: argparse.Namespace, bound: Bound, kept: Checkpoint | None, stop: Stop) -> Posterior:
    """Run the sampler, watched and ready to stop."""
    from pushforward.runtime.samplers.result import CheckpointMismatch, Interrupted

    jax_settings.prepare(cache=not args.no_cache)
    given = {n: getattr(args, n) for n in (*LENGTH, *OPTIONS) if getattr(args, n) is not None}
    with watching(args.chains, args.warmup + args.draws) as watch:
        try:
            posterior = bound.sample(
                by=args.by, seed=args.seed, **given, progress=watch, stop=stop.event, resume=args.resume,
                checkpoint=kept and kept.path,
            )
        except CheckpointMismatch as error:
            assert kept is not None
            raise kept.mismatch(str(error)) from error
        except Interrupted as error:
            raise Stopped(stop.number, _how_to_go_on(args, kept)) from error
    return posterior


def _ask_drawable(path: Path | None) -> None:
    """Find out before a long run that its picture could not be made."""
    if path is None:
        return
    from pushforward.runtime.draws.plot import format_of

    try:
        format_of(path)
    except ValueError as error:
        raise WrongUsage(f"argument --plot: {error}") from error
    ask_writable(path)


def _plot(posterior: Posterior, title: str, path: Path | None) -> None:
    if path is None:
        return
    from pushforward.runtime.draws.plot import forest

    try:
        forest(posterior.draws, path, title=title)
    except OSError as error:
        raise unwritable(path, error) from error
    terminal.note(f"wrote {path}")


def _begin(kept: Checkpoint, run: Mapping[str, Any], *, resume: bool) -> None:
    if not resume and kept.path.exists():
        terminal.note(f"the checkpoint {kept.path} of an earlier run is replaced (--resume would have continued it)")
    continued = kept.begin(run, resume=resume)
    if resume:
        terminal.note(f"continuing from {kept.path}" if continued else f"there is no {kept.path}: this begins anew")


def _how_to_go_on(args: argparse.Namespace, kept: Checkpoint | None) -> str:
    if kept is None:
        return "stopped; nothing was kept (with --output a run can be continued)"
    command = [part for part in args.command if part != "--resume"]
    return f"stopped; {kept.path} is kept. To go on: {shlex.join([*command, '--resume'])}"


def _object(
    args: argparse.Namespace, bound: Bound, posterior: Posterior, notes: tuple[str, ...]
) -> Mapping[str, object]:
    return {
        "program": bound.model.name,
        "observed": [v for v in bound.model.variables if v in bound.observations],
        "parameters": posterior.summary().to_json_object(),
        "diagnostics": posterior.diagnostics,
        "timing": posterior.timing,
        "advice": [{"kind": a.kind, "sentence": a.sentence} for a in posterior.advice],
        "notes": notes,
        "seed": args.seed,
        "settings": {n: v for n, v in _settings(args, bound).items() if n != "seed"},
        "output": None if args.output is None else str(args.output),
        "plot": None if args.plot is None else str(args.plot),
    }


def _say(posterior: Posterior) -> None:
    """How the run went, and what to do about it, on stderr."""
    sys.stdout.flush()
    seen, timing = posterior.diagnostics, posterior.timing
    terminal.note(
        f"{seen['gradient_evaluations']:,} gradients, {_how(posterior)}; compiling"
        f" {timing['compile_s']:.1f} s, warmup {timing['warmup_s']:.1f} s, sampling {timing['sampling_s']:.1f} s"
    )
    for advice in posterior.advice:
        terminal.warning(advice.sentence)
    if not posterior.advice:
        terminal.note("nothing speaks against these draws")


def _how(posterior: Posterior) -> str:
    """What says how well the sampler moved."""
    seen = posterior.diagnostics
    if "divergences" in seen:
        return f"{seen['divergences']} divergence{'s' if seen['divergences'] != 1 else ''}"
    if seen["acceptance"] is None:
        return f"steps of {seen['step_size']:.3g}"
    return f"steps of {seen['step_size']:.3g}, of which {100 * seen['acceptance']:.0f} % " + (
        "were accepted" if posterior.chains.corrected else "a correction would have accepted"
    )


def configure(parser: argparse.ArgumentParser) -> None:
    """The data, the sampler's settings, and where to."""
    arguments.one_file(parser)
    arguments.data(parser)
    whole = arguments.whole
    parser.add_argument(
        "--by", metavar="SAMPLER", default="nuts",
        help="the sampler, as after `by` in a program: 'mala(step=0.1)' (nuts)",
    )
    parser.add_argument("--chains", type=whole(1, 10_000), default=4, help="how many chains (4)")
    parser.add_argument("--warmup", type=whole(0), default=1000, help="transitions to adapt in, each chain (1000)")
    parser.add_argument("--draws", type=whole(1), default=1000, help="transitions to keep, each chain (1000)")
    arguments.seed(parser)
    arguments.output(parser, "OUT.nc", "write the draws as netCDF, which ArviZ reads")
    parser.add_argument("--plot", metavar="PICTURE", type=Path, help="draw every interval: a .png, .svg or .pdf file")
    parser.add_argument("--resume", action="store_true", help="continue from OUT.nc.checkpoint to the very same draws")
    parser.add_argument("--target-accept", type=arguments.fraction, help="mean acceptance to aim at (0.8 with NUTS)")
    parser.add_argument("--max-treedepth", type=whole(1, 20), help="most doublings of a trajectory of NUTS (10)")
    parser.add_argument(
        "--metric", choices=("diag", "dense"), help="the shape of the mass matrix of NUTS (diag)"
    )
    arguments.cache(parser)
    arguments.extern(parser)


_FOLDER = "examples/posteriors/eight_schools_noncentered"
VERB = Verb(
    "sample",
    "draw from the posterior",
    f"pushforward sample {_FOLDER}/model.pf --data {_FOLDER}/data.json",
    configure,
    run,
)
