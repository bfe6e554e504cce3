"""`sample m(x) | {y = y_obs} by nuts(chains=4)`: draws from the posterior."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pushforward.evaluator.conditions import bound_of
from pushforward.evaluator.registry import Algorithm, Running, Setting, Verb
from pushforward.evaluator.settings import AUTO, SEED, fraction, one_of, whole

if TYPE_CHECKING:
    from pushforward.api.sampler import Step
    from pushforward.dsl import tree
    from pushforward.evaluator.session import Session
    from pushforward.evaluator.values import Value

NUTS = Algorithm(
    "nuts",
    "the no-U-turn sampler",
    (
        Setting("chains", whole(1, 10_000), 4),
        Setting("draws", whole(1), 1000),
        Setting("warmup", whole(0), 1000),
        Setting("target_accept", fraction, 0.8),
        Setting("max_treedepth", whole(1, 20), 10),
        Setting("metric", one_of("diag", "dense"), "diag"),
        SEED,
    ),
)


LENGTH = (
    Setting("chains", whole(1, 10_000), 4),
    Setting("draws", whole(1), 1000),
    Setting("warmup", whole(0), 1000),
    SEED,
)


def algorithms() -> tuple[Algorithm, ...]:
    """NUTS, and the samplers of the library that are written in the language."""
    return (NUTS, *_written(None))


def declared(session: Session) -> tuple[Algorithm, ...]:
    """The samplers that the session declares."""
    own = session.environment.programs
    return tuple(a for a in _written(session.environment.file) if a.name in own)


def _written(file: tree.File | None) -> tuple[Algorithm, ...]:
    from pushforward.api.running import defaults_of, readers_of
    from pushforward.api.sampler import Step, samplers

    found = []
    for name, node in samplers(file).items():
        step = Step.named(name, file)
        defaults = defaults_of(step)
        own = tuple(Setting(n, read, defaults[n]) for n, read in readers_of(step).items())
        said = re.split(r"[.:]\s", node.doc.strip())[0].replace("\n", " ")
        sentence = said or "a sampler of this session"
        found.append(Algorithm(name, sentence, (*own, *LENGTH)))
    return tuple(found)


KEPT = 100  # draws a chain, at least, of a run that was stopped: fewer say little


def run(running: Running) -> Value:
    """The posterior; what speaks against it is told. Stopped by ctrl-C after warmup, it keeps the draws that it has."""
    from pushforward.api.running import does_not_fit, misfit, particles
    from pushforward.evaluator.values import PosteriorValue

    bound = bound_of(running.operand, "`sample`")
    host, settings, step = running.session.host, running.settings, _step(running)
    _ = bound.data  # wrong data are told before anybody waits
    if step is not None and (name := misfit(settings, bound.dimension)) is not None:
        raise does_not_fit(step.name, name, bound.dimension, running.span)
    with host.stopping() as stop, host.watching(settings["chains"], settings["warmup"] + settings["draws"]) as watch:
        given = {n: v for n, v in settings.items() if v is not None and v != AUTO} | {"seed": running.seed}
        posterior = bound.sample(by=running.algorithm.name, **given, progress=watch, stop=stop, keep=KEPT)
        chains, draws = posterior.chains.positions.shape[:2]
        chains //= particles(step, settings)
        if (chains, draws) != (settings["chains"], settings["draws"]):
            stop.clear()  # it has been heeded: the script goes on with what there is
            asked = f"{settings['chains']} of {settings['draws']} were asked for"
            host.note(f"stopped: chains and draws that are kept: {chains} of {draws}; {asked}")
    for advice in posterior.advice:
        host.warning(advice.sentence)
    return PosteriorValue(bound, posterior)


def _step(running: Running) -> Step | None:
    """The sampler that is written in the language, if it is one. Raises `ProgramError` where it lacks a setting."""
    from pushforward.api.running import missing, needed
    from pushforward.api.sampler import Step

    name = running.algorithm.name
    step = None if name == NUTS.name else Step.named(name, running.session.environment.file)
    if (lacking := missing(step, running.settings)) is not None:
        raise needed(name, lacking, running.span)
    return step


def foresee(running: Running) -> Value:
    """The posterior, its draws not known."""
    from pushforward.api.running import particles
    from pushforward.evaluator.foreseen import variables

    bound, settings = bound_of(running.operand, "`sample`"), running.settings
    draws = settings["chains"] * particles(_step(running), settings) * settings["draws"]
    because = f"what `sample` draws (line {running.span.line})"
    return variables(bound, "a posterior", because, (draws,), everything=False)


VERB = Verb("sample", "draw from the posterior of a model", algorithms, run, foresee, declared)
