"""`pushforward diagnose`: gradients, factors, slow lines, and parameters that nothing depends on."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pushforward.cli import arguments, jax_settings, programs, terminal
from pushforward.cli.outcome import FAULT
from pushforward.cli.verb import Verb
from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.dsl.errors.running import NoStartingPoint, NothingToSample, WrongGradient
from pushforward.dsl.source import Span

if TYPE_CHECKING:
    from pushforward.api.model import Bound
    from pushforward.cli.diagnosis.gradients import GradientCheck

Density = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Factor:
    """A term of the log density: where it comes from, its value, and its share of the time of all gradients."""

    origin: str
    line: int | None
    value: float
    share: float


@dataclass(frozen=True)
class Found:
    """All that was looked at."""

    names: Sequence[str]
    check: GradientCheck
    factors: tuple[Factor, ...]
    constant: tuple[str, ...]
    unseen: tuple[str, ...]
    compile_s: float
    gradient_s: float


def look(bound: Bound, points: int, seed: int) -> Found:
    """Diagnose a model with data. Raises `ProgramError` where the density is nowhere finite."""
    from pushforward.api.compiled import located
    from pushforward.cli.diagnosis.costs import compile_seconds, gradient_seconds
    from pushforward.cli.diagnosis.gradients import check_gradients
    from pushforward.cli.diagnosis.influence import away_from_data, constant, coordinate_names

    if not bound.dimension:
        raise ProgramError(NothingToSample.diagnostic(_head(bound), "all of its variables are observed"))
    with located():
        check = check_gradients(bound.log_density_unconstrained, bound.dimension, points, seed)
        if not len(check.points):
            raise ProgramError(*_nowhere(bound, check.tried, seed))
        q = check.points[0]
        names = coordinate_names(bound.constrain, q)
        density, data = _whole(bound)
        parts, values = _parts(bound, q)
        seconds = {name: gradient_seconds(part, q, bound.arrays) for name, part in parts.items()}
        touched = {name: _touched(part, check.points, bound.arrays) for name, part in parts.items()}
        timing = compile_seconds(density, q, data), gradient_seconds(density, q, data)
    total = sum(seconds.values()) or 1.0
    factors = tuple(Factor(*_place(name), values[name], seconds[name] / total) for name in parts)
    flat = constant(check.gradients)
    seen = [name for name in parts if _place(name)[0] in bound.observations]
    unseen = [i for i in away_from_data(touched, seen, bound.dimension) if i not in flat] if seen else []
    return Found(
        names, check, factors, tuple(names[i] for i in flat), tuple(names[i] for i in unseen), *timing
    )  # fmt: skip


def _whole(bound: Bound) -> tuple[Density, Any]:
    """The density of (q, data), and the data that it takes."""
    prepared = bound.compiled.function("prepare")(bound.sizes, bound.arrays)
    density = bound.compiled.function("log_density_unconstrained")
    return lambda q, data: density(bound.sizes, data, q), prepared


def _parts(bound: Bound, q: Any) -> tuple[dict[str, Density], dict[str, float]]:
    """The factors as functions of (q, data), without the log-Jacobian, and their values at q."""
    factors, constrain = bound.compiled.function("factors"), bound.compiled.function("constrain")

    def part(name: str) -> Density:
        return lambda q, data: factors(bound.sizes, data, constrain(bound.sizes, data, q))[name]

    values = {name: float(value) for name, value in bound.factors(bound.constrain(q)).items()}
    return {name: part(name) for name in values}, values


def _touched(part: Density, points: Any, data: Any) -> Any:
    """Which coordinates a factor depends on: where its gradient is not zero at some point, bool[dim]."""
    import jax
    import numpy as np

    gradients = jax.jit(jax.vmap(jax.grad(lambda q: part(q, data) * 1.0)))(points)
    return np.any(np.asarray(gradients) != 0.0, axis=0)


def _place(name: str) -> tuple[str, int | None]:
    """`y@9` is the factor of y on line 9."""
    origin, _, line = name.partition("@")
    return origin, int(line) if line.isdigit() else None


def _nowhere(bound: Bound, tried: int, seed: int) -> tuple[Diagnostic, ...]:
    """PF704: the factors at a point."""
    import numpy as np

    values = bound.factors(bound.constrain(np.random.default_rng(seed).uniform(-2.0, 2.0, bound.dimension)))
    lines = [f"{_shown(*_place(name))}: {float(value):g}" for name, value in values.items()]
    found = NoStartingPoint.diagnostic(
        _head(bound),
        "its log density is not finite",
        notes=(f"{tried} points were tried, uniform on (-2, 2) in the unconstrained space", *lines),
        helps=("look at the factors that are not finite; declare the bounds under which they are",),
    )
    return (found,)


def _shown(origin: str, line: int | None) -> str:
    return origin if line is None else f"{origin} (line {line})"


def run(args: argparse.Namespace) -> int:
    """Look, and tell; 1 when gradients are wrong."""
    bound, notes = programs.bound(programs.model(args.file, args.program, allow_extern=args.allow_extern), args.data)
    for sentence in notes:
        terminal.note(sentence)
    jax_settings.prepare(cache=not args.no_cache)
    found = look(bound, args.points, args.seed)
    problem = None if found.check.sound else _wrong(bound, found)
    if args.json:
        terminal.result_json(_object(bound, found, notes, problem))
    else:
        terminal.result("\n".join(_lines(bound, found)))
    if problem is not None:
        terminal.diagnostics([problem])
    for sentence in _warnings(found):
        terminal.warning(sentence)
    return FAULT if problem is not None else 0


def _wrong(bound: Bound, found: Found) -> Diagnostic:
    worst = found.check.worst
    notes = [] if worst is None else [_sentence(found, worst.coordinate, worst.gradient, worst.difference)]
    return WrongGradient.diagnostic(_head(bound), "of this", notes=tuple(notes), program=bound.model.name)


def _head(bound: Bound) -> Span:
    """The first line of the program."""
    span = bound.model.program.span
    first, _, _ = span.text.partition("\n")
    return Span(span.source, span.start, span.start + len(first))


def _sentence(found: Found, coordinate: int, gradient: float, difference: float) -> str:
    return f"the worst: {found.names[coordinate]} has the gradient {gradient:.6g}, differences give {difference:.6g}"


def _warnings(found: Found) -> list[str]:
    said = []
    if found.constant:
        said.append(f"the density does not depend on {_some(found.constant)}: no factor uses it, or it is rounded away")
    if found.unseen:
        said.append(f"the data say nothing on {_some(found.unseen)}: the posterior there is the prior")
    return said


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _lines(bound: Bound, found: Found) -> list[str]:
    check = found.check
    worst = 0.0 if check.worst is None else check.worst.relative
    lines = [
        f"{bound.model.name}: {bound.dimension} unconstrained coordinates",
        f"gradients: {'agree' if check.sound else 'DISAGREE'} with finite differences ({check.looked_at} slopes at"
        f" {len(check.points)} points; largest relative difference {worst:.1e})",
        f"time: {found.compile_s:.2f} s to compile a gradient, {1e6 * found.gradient_s:.1f} us to run one",
        "factors at the first point, and their shares of the time:",
    ]
    width = max((len(_shown(f.origin, f.line)) for f in found.factors), default=0)
    return lines + [
        f"  {_shown(f.origin, f.line):<{width}}  {f.value:>14.6g}  {100 * f.share:5.1f} %" for f in found.factors
    ]


def _object(bound: Bound, found: Found, notes: tuple[str, ...], problem: Diagnostic | None) -> Mapping[str, Any]:
    from pushforward.cli.outcome import as_object

    check, worst = found.check, found.check.worst
    error = {} if problem is None else {"error": problem.title, "diagnostics": [as_object(problem)]}
    return {
        **error,
        "program": bound.model.name,
        "dimension": bound.dimension,
        "gradients": {
            "ok": check.sound, "points": len(check.points), "slopes": check.looked_at,
            "worst": None if worst is None else {
                "name": found.names[worst.coordinate], "gradient": worst.gradient, "difference": worst.difference,
                "relative": worst.relative,
            },
        },
        "factors": [{"origin": f.origin, "line": f.line, "value": f.value, "share": f.share} for f in found.factors],
        "constant": list(found.constant),
        "unseen": list(found.unseen),
        "timing": {"compile_s": found.compile_s, "gradient_s": found.gradient_s},
        "notes": notes,
    }  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    """The data, and how many points."""
    arguments.one_file(parser)
    arguments.data(parser)
    parser.add_argument("--points", type=arguments.whole(1, 1000), default=5, help="random points to look at (5)")
    arguments.seed(parser)
    arguments.cache(parser)
    arguments.extern(parser)


_FOLDER = "examples/posteriors/eight_schools_noncentered"
VERB = Verb(
    "diagnose",
    "look at gradients, factors, slow lines and unused parameters",
    f"pushforward diagnose {_FOLDER}/model.pf --data {_FOLDER}/data.json",
    configure,
    run,
)
