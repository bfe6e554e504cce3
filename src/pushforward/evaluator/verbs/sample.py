"""`sample m(x) | {y = y_obs} by nuts(chains=4)`: draws from the posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.evaluator.conditions import bound_of
from pushforward.evaluator.registry import Algorithm, Running, Setting, Verb
from pushforward.evaluator.settings import SEED, fraction, one_of, whole

if TYPE_CHECKING:
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


KEPT = 10  # draws a chain, at least, of a run that was stopped: fewer say nothing


KEPT = 100  # draws a chain, at least, of a run that was stopped: fewer say little


def run(running: Running) -> Value:
    """The posterior; what speaks against it is told. Stopped by ctrl-C after warmup, it keeps the draws that it has."""
    from pushforward.evaluator.values import PosteriorValue

    bound = bound_of(running.operand, "`sample`")
    host, settings = running.session.host, running.settings
    _ = bound.data  # wrong data are told before anybody waits
    with host.stopping() as stop, host.watching(settings["chains"], settings["warmup"] + settings["draws"]) as watch:
        posterior = bound.sample(**{**settings, "seed": running.seed}, progress=watch, stop=stop, keep=KEPT)
        chains, draws = posterior.chains.positions.shape[:2]
        if (chains, draws) != (settings["chains"], settings["draws"]):
            stop.clear()  # it has been heeded: the script goes on with what there is
            asked = f"{settings['chains']} of {settings['draws']} were asked for"
            host.note(f"stopped: chains and draws that are kept: {chains} of {draws}; {asked}")
    for advice in posterior.advice:
        host.warning(advice.sentence)
    return PosteriorValue(bound, posterior)


def foresee(running: Running) -> Value:
    """The posterior, its draws not known."""
    from pushforward.evaluator.foreseen import variables

    bound = bound_of(running.operand, "`sample`")
    draws = running.settings["chains"] * running.settings["draws"]
    because = f"what `sample` draws (line {running.span.line})"
    return variables(bound, "a posterior", because, (draws,), everything=False)


VERB = Verb("sample", "draw from the posterior of a model", lambda: (NUTS,), run, foresee)
