"""`generate fit.process 1000 by heun(steps=8)`: draws from the law of a process at time 1."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import NotOfThatKind
from pushforward.evaluator.registry import Algorithm, Running, Setting, Verb
from pushforward.evaluator.settings import SEED, whole

if TYPE_CHECKING:
    from pushforward.api.flow import Generator
    from pushforward.dsl import tree
    from pushforward.evaluator.values import Value

DRAWS = 1000
EULER_MARUYAMA = Algorithm(
    "euler_maruyama", "for a process with noise: steps of Euler and Maruyama",
    (Setting("steps", whole(1), 100), Setting("draws", whole(1)), SEED),
)  # fmt: skip


@cache
def algorithms() -> tuple[Algorithm, ...]:
    """The integrators of the library, and a scheme for processes with noise."""
    from pushforward.stdlib.catalogue import catalogue

    found = [a for a in catalogue().algorithms() if a.kind == "solver" and "integrate" in a.uses]
    order = sorted(found, key=lambda a: (a.name != "tsit5", a.name))
    return (*(_algorithm(a) for a in order), EULER_MARUYAMA)


def _algorithm(declared: tree.Algorithm) -> Algorithm:
    """An integrator. One with equal steps is told how many, `steps`, from time 0 to time 1."""
    names = [p.name for p in declared.parameters]
    own = ["steps", *(n for n in names if n not in ("steps", "dt"))] if "dt" in names else names
    return Algorithm(declared.name, "", (*(Setting(n, _reader(n)) for n in own), Setting("draws", whole(1)), SEED))


def _reader(name: str) -> Any:
    return whole(1) if name in ("steps", "newton") else _positive


def _positive(value: Value) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 0:
        raise ValueError("a number of at least 0")
    return float(value)


def generator(running: Running) -> Generator:
    """What draws. Raises `ProgramError`."""
    from pushforward.api.flow import Generator
    from pushforward.api.programs import is_process, parameter_names, without_times
    from pushforward.evaluator.objectives import program_of
    from pushforward.evaluator.values import kind_of

    program = program_of(running.operand)
    program = None if program is None else without_times(program)
    if not is_process(program):
        found = kind_of(running.operand.value)
        helps = ("write `generate fit.process 1000`: what a fit has found, or a process with its arguments",)
        raise ProgramError(
            NotOfThatKind.diagnostic(
                running.operand.span, f"this is {found}", helps=helps, who="`generate`", wanted="a process", found=found
            )
        )
    if unknown := sorted(n.rpartition(".")[2] for n in parameter_names(program)):
        found = f"one with the parameters {', '.join(unknown)}"
        helps = ("fit it: `let fit = minimize flow_matching(...) by adam(1e-3)`, then `generate fit.process 1000`",)
        raise ProgramError(
            NotOfThatKind.diagnostic(
                running.operand.span, "its parameters have no values", helps=helps, who="`generate`",
                wanted="a process without parameters, or one that was fitted", found=found,
            )
        )  # fmt: skip
    settings = {n: v for n, v in running.settings.items() if v is not None and n not in ("draws", "seed")}
    steps = settings.get("steps", 100)
    noisy = bool(Generator(program).state.noises)
    scheme = running.algorithm.name == "euler_maruyama"
    if noisy != scheme and (running.chosen or not noisy):
        found = "one with noise" if noisy else "one without noise"
        fit = "`by euler_maruyama(steps=100)`" if noisy else "an integrator: `by heun(steps=20)`"
        raise ProgramError(
            NotOfThatKind.diagnostic(
                running.operand.span, f"this is {found}", helps=(f"write {fit}",),
                who=f"`{running.algorithm.name}`", wanted=f"a process with{'' if scheme else 'out'} noise", found=found,
            )
        )  # fmt: skip
    if "steps" in settings and _equal_steps(running.algorithm.name):
        settings = {"dt": 1 / settings.pop("steps"), **settings}
    written = ", ".join(f"{n}={v!r}" for n, v in settings.items())
    return Generator(program, f"{running.algorithm.name}({written})", steps)


def _equal_steps(name: str) -> bool:
    from pushforward.stdlib.catalogue import catalogue

    declared = catalogue().algorithm(name)
    return declared is not None and any(p.name == "dt" for p in declared.parameters)


def run(running: Running) -> Value:
    """Draws of the state at time 1."""
    from pushforward.evaluator.values import DrawsValue

    draws = running.count or running.settings["draws"] or DRAWS
    return DrawsValue(generator(running).sample(draws, seed=running.seed), "draws of a process")


def foresee(running: Running) -> Value:
    """Draws, not known."""
    from pushforward.evaluator.foreseen import nothing_known

    _ = generator(running).expanded.program
    return nothing_known(f"what `generate` draws (line {running.span.line})")


VERB = Verb("generate", "draw from the law of a process at time 1", algorithms, run, foresee)
