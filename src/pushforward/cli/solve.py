"""`pushforward solve`: the solution of a problem, whether it can be trusted, and how it follows the data."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pushforward.cli import arguments, jax_settings, programs, terminal
from pushforward.cli.outcome import WrongUsage
from pushforward.cli.verb import Verb

if TYPE_CHECKING:
    from pushforward.api.model import Bound
    from pushforward.api.solving import Solved

ENTRIES = 12


def run(args: argparse.Namespace) -> int:
    """Solve, print the solution and what is to be said of it. The status is 0 only if everything converged."""
    found = programs.problem(args.file, args.program, allow_extern=args.allow_extern)
    bound, notes = programs.bound(found, args.data)
    for sentence in notes:
        terminal.note(sentence)
    unknown = sorted(n for n in args.sensitivity or () if n not in _real_arguments(bound))
    if unknown:
        known = ", ".join(_real_arguments(bound))
        raise WrongUsage(f"{found.name} has no real argument {unknown[0]!r}; it has {known}")
    jax_settings.prepare(cache=not args.no_cache)
    started = time.perf_counter()
    solved, compiled = _solve(bound)
    sensitivity = _sensitivity(bound, sorted(args.sensitivity or ()))
    timing = {"compile_s": compiled - started, "total_s": time.perf_counter() - started}
    for sentence in solved.warnings:
        terminal.warning(sentence)
    if args.json:
        terminal.result_json(_object(solved, sensitivity, notes, timing))
    else:
        terminal.result(_text(solved, sensitivity))
    return 0 if solved.converged else 1


def _solve(bound: Bound) -> tuple[Solved, float]:
    """The solution, and when the program was compiled."""
    import jax

    from pushforward.api.compiled import located
    from pushforward.api.solving import Solved

    function, arrays = bound.compiled.function("solve"), bound.arrays
    with located():
        ready = jax.jit(lambda data: function(bound.sizes, data, {})).lower(arrays).compile()
        compiled = time.perf_counter()
        return Solved.of(bound.model.name, ready(arrays)), compiled


def _real_arguments(bound: Bound) -> tuple[str, ...]:
    return tuple(n for n, v in bound.arrays.items() if v.dtype.kind == "f")


def _sensitivity(bound: Bound, names: list[str]) -> Mapping[str, Mapping[str, Any]]:
    """The derivative of what is given back in some of the arguments: [of value..., of argument...]."""
    if not names:
        return {}
    import jax
    import numpy as np

    from pushforward.api.compiled import located
    from pushforward.compiler.transforms.reports import PREFIX

    function, arrays = bound.compiled.function("solve"), bound.arrays

    def values(some: Mapping[str, Any]) -> dict[str, Any]:
        found = function(bound.sizes, {**arrays, **some}, {})
        return {k: v for k, v in found.items() if not k.startswith(PREFIX)}

    with located():
        jacobian = jax.jit(jax.jacrev(values))({n: arrays[n] for n in names})
    return {k: {n: np.asarray(d) for n, d in of.items()} for k, of in jacobian.items()}


def _object(
    solved: Solved, sensitivity: Mapping[str, Any], notes: tuple[str, ...], timing: Mapping[str, float]
) -> Mapping[str, Any]:
    import numpy as np

    values = {k: np.asarray(v).tolist() for k, v in solved.values.items()}
    result = {
        "program": solved.program,
        "converged": solved.converged,
        "objective": values.pop("objective", None),
        "solution": values,
        "solves": [
            {
                "where": r.where,
                "status": [_status(s) for s in np.atleast_1d(r.status)] if r.status.ndim else _status(r.status),
                "residual": r.residual.tolist(),
                "iterations": r.iterations.tolist(),
            }
            for r in solved.reports
        ],
        "warnings": solved.warnings,
        "notes": notes,
        "timing": timing,
    }
    if sensitivity:
        result["sensitivity"] = {k: {n: d.tolist() for n, d in of.items()} for k, of in sensitivity.items()}
    return result


def _status(code: Any) -> str:
    from pushforward.runtime.solvers.solution import Status

    return Status(int(code)).name.lower()


def _text(solved: Solved, sensitivity: Mapping[str, Any]) -> str:
    import numpy as np

    lines = [f"{name} = {_shown(np.asarray(value))}" for name, value in solved.values.items()]
    for r in solved.reports:
        most = f"residual {np.max(r.residual, initial=0.0):.2g}, {np.max(r.iterations, initial=0)} iterations"
        lines.append(f"  {r.where}: {'converged' if r.converged else 'NOT CONVERGED'}, {most}")
    for name, of in sensitivity.items():
        lines += [f"d {name} / d {argument} = {_shown(d)}" for argument, d in of.items()]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    import numpy as np

    text = np.array2string(value, precision=6, threshold=ENTRIES, edgeitems=3, max_line_width=100)
    return text if value.size <= ENTRIES else f"{text}  (shape {value.shape})"


def configure(parser: argparse.ArgumentParser) -> None:
    """The problem and its data."""
    arguments.one_file(parser)
    arguments.data(parser)
    parser.add_argument(
        "--sensitivity", metavar="a,b", type=arguments.names, help="the derivative of the solution in these arguments"
    )
    arguments.cache(parser)
    arguments.extern(parser)


_FOLDER = "examples/problems/tune_ridge"
VERB = Verb(
    "solve",
    "solve a problem: its solution, whether it converged, and how it follows the data",
    f"pushforward solve {_FOLDER}/problem.pf --data {_FOLDER}/data.json",
    configure,
    run,
)
