"""python -m benchmarks [--quick] [--what gradient,compile,sampling,process,elbo,vae,variance,solvers,paths,samplers] [--only NAME] [--name RESULTS]

Measures, prints a line a posterior, and writes `benchmarks/results/RESULTS.json` and `.md`; what other runs
have measured under the same name stays in them. Each posterior has processes of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from benchmarks import children, machine, process, report, sampling, startup
from benchmarks.cases import HOLES, PATHS, VAES, VARIANCES, Case, names

QUICK = ("arK", "eight_schools_noncentered", "garch11", "kidscore_interaction")
WHAT = ("gradient", "compile", "sampling", "process", "elbo", "vae", "variance", "solvers", "paths", "samplers")
#: what is measured of things that are no posteriors
ALONE: Mapping[str, Iterable[str]] = {"vae": VAES, "variance": VARIANCES, "solvers": HOLES, "paths": PATHS}
ROUNDS = {
    "gradient": (15, 31), "compile": (2, 5), "sampling": (1, 5), "process": (2, 5), "elbo": (9, 31), "vae": (9, 31),
    "variance": (5, 15), "solvers": (9, 31), "paths": (9, 31), "samplers": (5, 15),
}  # fmt: skip


def gradient(name: str, rounds: int, loops: str) -> dict[str, Any]:
    """A process that measures one posterior's gradients."""
    cost = children.run(
        "benchmarks", ["--child", name, "--rounds", str(rounds)], children.loops_environment(loops)
    )
    return cost.result


def elbo(name: str, rounds: int, loops: str) -> dict[str, Any]:
    """A process that measures steps of fitting one posterior."""
    words = ["--child", name, "--measure", "elbo", "--rounds", str(rounds)]
    return children.run("benchmarks", words, children.loops_environment(loops)).result


def steps(name: str, rounds: int, loops: str) -> dict[str, Any]:
    """A process that measures samplers of one step on one posterior."""
    words = ["--child", name, "--measure", "samplers", "--rounds", str(rounds)]
    return children.run("benchmarks", words, children.loops_environment(loops)).result


def alone(name: str, rounds: int) -> dict[str, Any]:
    """A process that measures what is no posterior: a VAE's steps of training, a strategy's noise, a hole."""
    return children.run("benchmarks", ["--child", name, "--rounds", str(rounds)]).result


def main(argv: Sequence[str] | None = None) -> int:
    """The command."""
    args = _arguments(argv)
    if args.child:
        print(json.dumps(_child(args.child, args.measure, args.rounds)))
        return 0
    measures: dict[str, Callable[[str, int], dict[str, Any]]] = {
        "gradient": lambda name, rounds: gradient(name, rounds, args.loops),
        "compile": startup.measure,
        "sampling": lambda name, rounds: sampling.measure(name, rounds, args.loops),
        "process": process.measure,
        "elbo": lambda name, rounds: elbo(name, rounds, args.loops),
        "vae": alone,
        "variance": alone,
        "solvers": alone,
        "paths": alone,
        "samplers": lambda name, rounds: steps(name, rounds, args.loops),
    }
    failed = False
    for what in args.what:
        for name in _chosen(what, args):
            try:
                found = measures[what](name, args.rounds or ROUNDS[what][not args.quick])
            except RuntimeError as error:
                print(f"{what} {name}: {error}", file=sys.stderr)
                failed = True
                continue
            results = report.read(args.name)
            settings = {"loops": args.loops, "load": machine.load()}
            results.setdefault(what, {})[name] = {**found, **settings}
            report.write(args.name, {**results, "machine": machine.facts()})
            print(f"{what:9s} {name:28s} {' | '.join(report.TABLES[what][2](found))}", flush=True)
    return int(failed)


def _child(name: str, what: str, rounds: int) -> dict[str, Any]:
    """What a process of its own measures."""
    if name in VAES:
        from benchmarks.vae import CASES, measure

        return measure(CASES[name], rounds)
    if name in VARIANCES:
        from benchmarks import variance

        return variance.measure(variance.CASES[name], rounds)
    if name in HOLES:
        from benchmarks import solvers

        return solvers.measure(solvers.Hole(name), rounds)
    if name in PATHS:
        from benchmarks import paths

        return paths.measure(paths.CASES[name], rounds)
    if what == "samplers":
        from benchmarks import steps as samplers

        return samplers.measure(Case(name), rounds)
    from benchmarks import elbo, gradient

    return (elbo if what == "elbo" else gradient).measure(Case(name), rounds)


def _chosen(what: str, args: argparse.Namespace) -> list[str]:
    if what in ALONE:
        every = list(ALONE[what])
        return [name for name in every if name in (args.only or every)]
    if args.only:
        return [name for name in names() if name in args.only]
    if what == "process":
        return list(process.DEFAULT[:1] if args.quick else process.DEFAULT)
    return [name for name in names() if name in QUICK] if args.quick else names()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    def listed(allowed: Sequence[str]) -> Callable[[str], list[str]]:
        def read(text: str) -> list[str]:
            found = text.split(",")
            unknown = [part for part in found if part not in allowed]
            if unknown:
                raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(allowed)}")
            return found

        return read

    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n\n", 1)[1])
    parser.add_argument("--quick", action="store_true", help="four posteriors, few rounds")
    parser.add_argument(
        "--what", type=listed(WHAT), default=list(WHAT), help="which of them"
    )
    parser.add_argument("--only", type=listed((*names(), *VAES, *VARIANCES, *HOLES, *PATHS)), default=[], help="these of them, with commas")
    parser.add_argument(
        "--rounds", type=int, default=0, help="how many rounds, instead of what --quick or the full run take"
    )
    parser.add_argument(
        "--loops", choices=("fused", "dispatched"), default="fused", help="how XLA runs small loops"
    )
    parser.add_argument("--name", default="latest", help="of the results")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--measure", default="gradient", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
