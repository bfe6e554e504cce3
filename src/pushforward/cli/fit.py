"""`pushforward fit`: a guide fitted to the posterior of a model, by an objective."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pushforward.cli import arguments, jax_settings, programs, terminal
from pushforward.cli.outcome import WrongUsage
from pushforward.cli.stopping import stopping
from pushforward.cli.storage import ask_writable, unwritable
from pushforward.cli.verb import Verb

if TYPE_CHECKING:
    from pushforward.api.fitting import Fit
    from pushforward.api.model import Bound

DRAWS = 1000


def run(args: argparse.Namespace) -> int:
    """Fit, write draws of the guide, print the parameters and what speaks against them."""
    module = programs.module(args.file, allow_extern=args.allow_extern)
    bound, notes = programs.bound(module.only(args.program), args.data)
    for sentence in notes:
        terminal.note(sentence)
    ask_writable(args.output)
    objective = _objective(module, args.objective)
    guide = _guide(module, args.guide, bound)
    wanted = {n: _number(n, v) for n, v in (pair.partition("=")[::2] for pair in args.set)}
    jax_settings.prepare(cache=not args.no_cache)
    from pushforward.runtime.samplers.executable import enable_x64

    enable_x64()
    programs_of = [p.name for p in objective.node.parameters if p.type is not None and p.type.name == "model"]
    given = dict(zip(programs_of, (bound, guide), strict=False))
    try:
        applied = objective(**given, **wanted)
        _ = applied.program
        with stopping() as stop:
            fit = _fitted(args, applied, stop.event)
    except (TypeError, ValueError) as error:
        raise WrongUsage(str(error)) from error
    _write(args, fit)
    _tell(args, fit)
    return 0


def _fitted(args: argparse.Namespace, applied: Any, stop: Any) -> Fit:
    settings = {"steps": args.steps, "restarts": args.restarts, "seed": args.seed, "stop": stop}
    if args.schedule is not None:
        settings["schedule"] = args.schedule
    fit: Fit = (applied.minimize if args.minimize else applied.maximize)(args.optimiser, args.learning_rate, **settings)
    return fit


def _objective(module: Any, name: str) -> Any:
    from pushforward.api.objective import Objective
    from pushforward.api.standard import library

    found = module.templates.get(name) or getattr(library, name, None)
    if not isinstance(found, Objective):
        raise WrongUsage(
            f"there is no objective {name!r} in the file or in the library{_near(name, module, Objective)}"
        )
    return found


def _near(name: str, module: Any, kind: type) -> str:
    """What else there is of a kind: near names, or all of them."""
    from pushforward.api.standard import library
    from pushforward.runtime.optimise.keywords import suggestion

    found = {n for n, made in module.templates.items() if isinstance(made, kind)}
    return suggestion(name, found | {n for n in dir(library) if isinstance(getattr(library, n, None), kind)})


def _guide(module: Any, name: str, bound: Bound) -> Any:
    """A guide of the file with the data it asks for, or one that is made from the model."""
    from pushforward.api.programs import Template
    from pushforward.api.standard import library

    if name in module.models:
        model = module.models[name]
        wanted = {*(p.name for p in model.program.parameters), *model.program.dims}
        known = {**bound.arguments, **bound.sizes, **bound.observations}
        return model(**{n: v for n, v in known.items() if n in wanted})
    found = module.templates.get(name) or getattr(library, name, None)
    if not isinstance(found, Template):
        raise WrongUsage(f"there is no guide {name!r} in the file or in the library{_near(name, module, Template)}")
    return found(bound)


def _number(name: str, text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise WrongUsage(f"argument --set: {name}={text!r} is not a number") from None


def _write(args: argparse.Namespace, fit: Fit) -> None:
    if args.output is not None:
        drawn = fit.guide.sample(DRAWS, seed=args.seed)
        try:
            drawn.write_netcdf(args.output)
        except OSError as error:
            raise unwritable(args.output, error) from error
        terminal.note(f"wrote {args.output}: {DRAWS} draws of the guide")
    if args.plot is not None:
        from pushforward.runtime.optimise.plot import plot_fit

        try:
            plot_fit(fit.result, args.plot, title=fit.objective.objective.name)
        except OSError as error:
            raise unwritable(args.plot, error) from error
        terminal.note(f"wrote {args.plot}")


def _tell(args: argparse.Namespace, fit: Fit) -> None:
    from pushforward.evaluator.objectives import FitValue

    value = FitValue(fit)
    if args.json:
        found: Mapping[str, Any] = {**value.json(), "seconds": fit.result.seconds, "seed": args.seed}
        terminal.result_json(found)
    else:
        terminal.result(value.text())
        sys.stdout.flush()
    if not fit.result.converged:
        terminal.warning(fit.result.convergence)
    for sentence in fit.warnings:
        terminal.warning(sentence)


def configure(parser: argparse.ArgumentParser) -> None:
    """The model and its data, the objective and the guide, the optimiser."""
    arguments.one_file(parser)
    arguments.data(parser)
    whole = arguments.whole
    parser.add_argument("--objective", metavar="NAME", default="elbo", help="of the file or of the library (elbo)")
    parser.add_argument("--guide", metavar="NAME", default="mean_field", help="a guide (mean_field)")
    parser.add_argument("--set", metavar="K=5", action="append", default=[], help="another argument of the objective")
    parser.add_argument("--minimize", action="store_true", help="make the objective small instead of large")
    parser.add_argument("--optimiser", metavar="NAME", default="adam", help="one of optax's, by name (adam)")
    parser.add_argument("--learning-rate", metavar="R", type=float, default=1e-2, help="of the optimiser (0.01)")
    parser.add_argument("--schedule", metavar="NAME", help="of the learning rate: cosine, exponential, ...")
    parser.add_argument("--steps", type=whole(1), default=5000, help="steps of one start (5000)")
    parser.add_argument("--restarts", type=whole(1), default=1, help="how many starts (1)")
    arguments.seed(parser)
    arguments.output(parser, "OUT.nc", "write draws of the guide as netCDF, which ArviZ reads")
    parser.add_argument("--plot", metavar="PICTURE", type=Path, help="draw the objective over the steps")
    arguments.cache(parser)
    arguments.extern(parser)


_FOLDER = "examples/posteriors/eight_schools_noncentered"
VERB = Verb(
    "fit",
    "fit a guide to the posterior by an objective",
    f"pushforward fit {_FOLDER}/model.pf --data {_FOLDER}/data.json --guide mean_field",
    configure,
    run,
)
