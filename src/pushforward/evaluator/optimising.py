"""`maximize` and `minimize`: what the two verbs share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import WrongOptimiser
from pushforward.evaluator.objectives import FitValue, objective_of
from pushforward.evaluator.registry import Algorithm, Running, Setting, Verb
from pushforward.evaluator.settings import SEED

if TYPE_CHECKING:
    from pushforward.evaluator.values import Value

#: Settings of ours beside those of the optimiser, with what they are when nothing is said.
OURS = {
    "steps": None, "schedule": None, "clip": None, "restarts": None, "jitter": None, "patience": None, "samples": None,
    "average": None, "estimates": None,
}  # fmt: skip


def algorithms() -> tuple[Algorithm, ...]:
    """Optax's optimisers, `adam` first, each with its own settings and ours."""
    from pushforward.runtime.optimise.keywords import parameters
    from pushforward.runtime.optimise.optimiser import optimisers

    known = optimisers()
    order = ["adam", *sorted(set(known) - {"adam"})]
    return tuple(_algorithm(name, parameters(known[name])) for name in order)


def _algorithm(name: str, own: Any) -> Algorithm:
    names = ["learning_rate", *(n for n in own if n != "learning_rate"), *(n for n in OURS if n not in own)]
    settings = (Setting(n, _any) for n in names)
    return Algorithm(name, "", (*settings, SEED))


def _any(value: Value) -> Any:
    """Whatever it is: the optimiser knows what it takes."""
    return value


def run(sense: str, running: Running) -> Value:
    """A fit; a warning where it has not converged. Stopped by ctrl-C, it keeps what it has."""
    bound, host = objective_of(running.operand, f"`{sense}`"), running.session.host
    given = {n: v for n, v in running.settings.items() if v is not None and n != "seed"}
    rate = given.pop("learning_rate", 1e-2)
    method = bound.maximize if sense == "maximize" else bound.minimize
    with host.stopping() as stop, host.following(sense) as progress:
        try:
            fit = method(running.algorithm.name, rate, **given, seed=running.seed, stop=stop, progress=progress)
        except ValueError as error:
            raise ProgramError(WrongOptimiser.diagnostic(running.span, str(error), verb=sense)) from error
    if not fit.converged:
        host.warning(fit.result.convergence)
    return FitValue(fit)


def verb(sense: str, sentence: str) -> Verb:
    """The verb of this sense."""
    return Verb(sense, sentence, algorithms, partial(run, sense))
