"""Advice: what was seen in draws that casts doubt on them, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from pushforward.runtime.diagnostics.advice import Advice
from pushforward.runtime.diagnostics.energy import ebfmi
from pushforward.runtime.diagnostics.ranks import Floats
from pushforward.runtime.diagnostics.stepping import of_steps
from pushforward.runtime.diagnostics.summary import Summary

__all__ = ["Advice", "Statistics", "advise"]

RHAT, ESS_PER_CHAIN, EBFMI = (
    1.01,
    100,
    0.3,
)  # thresholds of Vehtari et al. (2021, section 4) and Betancourt (2016)
_NAMED = 3  # parameters named in a sentence


class Statistics(Protocol):
    """What advice needs to know of a run of NUTS; arrays [chains, draws]."""

    @property
    def diverging(self) -> Any: ...
    @property
    def treedepth(self) -> Any: ...
    @property
    def energy(self) -> Any: ...
    @property
    def max_treedepth(self) -> int: ...
    @property
    def algorithm(self) -> str: ...


def advise(summary: Summary, names: Sequence[str], statistics: Statistics) -> tuple[Advice, ...]:
    """All that speaks against the draws, the gravest first; empty when they can be trusted.

    `names` are those of the summary's rows.
    """
    shape = np.shape(statistics.energy)
    sampler = _of_sampler(statistics) if statistics.algorithm == "nuts" else of_steps(statistics)
    return (*sampler, *_of_parameters(summary, names, chains=shape[0], draws=shape[1]))


def _of_sampler(statistics: Statistics) -> Iterator[Advice]:
    divergences, total = int(np.sum(statistics.diverging)), int(np.size(statistics.diverging))
    if divergences:
        share = 100 * divergences / total
        yield Advice("divergences", (
            f"{divergences} of {total} transitions diverged ({share:.2g} %): a part of the posterior was "
            "too sharply curved for the step size and may be missing from the draws. Raise the target "
            "acceptance (0.95, 0.99), or write hierarchical effects non-centred (theta = mu + tau * z)."
        ))  # fmt: skip
    hits = int(np.sum(np.asarray(statistics.treedepth) >= statistics.max_treedepth))
    if hits:
        yield Advice("treedepth", (
            f"{hits} of {total} transitions stopped at the largest tree depth, {statistics.max_treedepth}: "
            "the draws are valid but move slowly. Put parameters on similar scales, use the dense metric if "
            "they are strongly correlated, or allow deeper trees."
        ))  # fmt: skip
    fractions = ebfmi(np.asarray(statistics.energy))
    low = np.flatnonzero(fractions < EBFMI)
    if low.size:
        chains = "chain " + str(low[0]) if low.size == 1 else "chains " + ", ".join(map(str, low))
        yield Advice("ebfmi", (
            f"E-BFMI is below {EBFMI} in {chains} (smallest {np.nanmin(fractions):.2f}): the energy moves "
            "too slowly, so heavy tails may be missing. Give scale parameters tighter priors or write the "
            "model non-centred."
        ))  # fmt: skip


def _worst(values: Floats, names: Sequence[str], bad: Any, largest: bool) -> str:
    """The worst of the bad parameters with their values, and how many more there are."""
    order = np.flatnonzero(bad)[np.argsort(values[bad] * (-1 if largest else 1))]
    digits = ".3f" if largest else ".0f"
    shown = ", ".join(f"{names[i]} {values[i]:{digits}}" for i in order[:_NAMED])
    return shown + (f" and {order.size - _NAMED} more" if order.size > _NAMED else "")


def _of_parameters(summary: Summary, names: Sequence[str], chains: int, draws: int) -> Iterator[Advice]:
    broken = ~np.isfinite(summary.mean)
    if broken.any():
        yield Advice("nonfinite", (
            f"Draws of {names[int(np.flatnonzero(broken)[0])]} are not all finite "
            f"({int(broken.sum())} parameters): look for an overflow, or a division by zero, "
            "where it is computed."
        ))  # fmt: skip
    if draws < 4:
        yield Advice(
            "few_draws",
            f"{draws} draws a chain are too few to judge convergence: ask for at least 4, better 1000.",
        )
        return
    needed = ESS_PER_CHAIN * chains
    apart = summary.rhat > RHAT
    if apart.any():
        yield Advice("rhat", (
            f"R-hat is above {RHAT} ({_worst(summary.rhat, names, apart, largest=True)}): the chains do "
            "not agree, so averages over them mean little. Run longer; if that does not help, look for "
            "several modes or an unidentified parameter."
        ))  # fmt: skip
    if chains * draws < needed:
        yield Advice("few_draws", (
            f"{draws} draws a chain cannot reach an effective sample size of {ESS_PER_CHAIN} a chain: "
            "ask for more."
        ))  # fmt: skip
    for kind, values, what in (
        ("ess_bulk", summary.ess_bulk, "means and medians"),
        ("ess_tail", summary.ess_tail, "5 % and 95 % quantiles"),
    ):
        scarce = values < needed
        if scarce.any() and chains * draws >= needed:
            yield Advice(kind, (
                f"The effective sample size for {what} is below {needed} "
                f"({_worst(values, names, scarce, largest=False)}): their Monte Carlo errors, and R-hat, are "
                "uncertain. Take more draws, or reparametrise."
            ))  # fmt: skip
    if chains == 1:
        yield Advice("one_chain", "One chain cannot show that it missed a part of the posterior: run at least four.")
