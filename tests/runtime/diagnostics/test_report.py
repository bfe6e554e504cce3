"""Advice: silence on good draws, the right sentence on each kind of bad ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from pushforward.runtime.diagnostics.report import advise
from pushforward.runtime.diagnostics.stepping import of_steps
from pushforward.runtime.diagnostics.summary import summarise


@dataclass(frozen=True)
class Run:
    energy: Any
    diverging: Any
    treedepth: Any
    max_treedepth: int = field(default=10)
    algorithm: str = "nuts"


def run(chains: int = 4, draws: int = 1000) -> Run:
    energy = np.random.default_rng(0).normal(size=(chains, draws))
    return Run(energy, np.zeros((chains, draws), bool), np.full((chains, draws), 3))


def independent(chains: int = 4, draws: int = 1000) -> Any:
    return np.random.default_rng(1).normal(size=(chains, draws, 2))


def kinds(draws: Any, statistics: Run) -> list[str]:
    return [advice.kind for advice in advise(summarise(draws), ["mu", "tau"], statistics)]


def test_good_draws_need_no_advice() -> None:
    assert kinds(independent(), run()) == []


def test_divergences_come_first_with_their_number() -> None:
    statistics = run()
    statistics.diverging[0, :12] = True
    (advice,) = advise(summarise(independent()), ["mu", "tau"], statistics)
    assert advice.kind == "divergences" and advice.sentence.startswith(
        "12 of 4000 transitions diverged (0.3 %)"
    )


def test_saturated_trees() -> None:
    statistics = run()
    statistics.treedepth[1, 5] = 10
    assert kinds(independent(), statistics) == ["treedepth"]


def test_energy_that_moves_slowly_names_the_chain() -> None:
    statistics = run()
    statistics.energy[2] = np.cumsum(statistics.energy[2])
    (advice,) = advise(summarise(independent()), ["mu", "tau"], statistics)
    assert advice.kind == "ebfmi" and "chain 2" in advice.sentence


def test_chains_apart_name_the_parameter() -> None:
    draws = independent()
    draws[0, :, 1] += 3
    found = advise(summarise(draws), ["mu", "tau"], run())
    assert [a.kind for a in found] == ["rhat", "ess_bulk", "ess_tail"] or [a.kind for a in found] == [
        "rhat",
        "ess_bulk",
    ]
    assert "tau" in found[0].sentence and "mu" not in found[0].sentence


def test_slow_chains_lack_draws() -> None:
    draws = independent()
    draws[..., 0] = np.cumsum(draws[..., 0], axis=1)
    assert {"ess_bulk", "ess_tail"} <= set(kinds(draws, run()))


def test_small_runs() -> None:
    assert "few_draws" in kinds(independent(4, 3), run(4, 3))
    assert kinds(independent(4, 50), run(4, 50)).count("few_draws") == 1
    assert "one_chain" in kinds(independent(1, 1000), run(1, 1000))


def test_draws_that_are_not_finite() -> None:
    draws = independent()
    draws[0, 0, 1] = np.inf
    assert kinds(draws, run()) == ["nonfinite"]


def test_steps_that_are_not_corrected_tell_what_a_correction_would_refuse() -> None:
    accepted = np.full((4, 1000), 0.9)
    (found,) = (a for a in of_steps(_stepped(accepted, corrected=False)))
    assert found.kind == "uncorrected" and "would have refused 10 % of the steps: that is much" in found.sentence
    (found,) = (a for a in of_steps(_stepped(accepted + 0.095, corrected=False)))
    assert "0.5 % of the steps: that is little" in found.sentence
    (found,) = (a for a in of_steps(_stepped(accepted * np.nan, corrected=False)))
    assert found.kind == "uncorrected" and "refused" not in found.sentence


def test_steps_that_are_refused_too_often_are_told() -> None:
    assert not list(of_steps(_stepped(np.full((4, 1000), 0.5), corrected=True)))
    (found,) = of_steps(_stepped(np.full((4, 1000), 0.1), corrected=True))
    assert found.kind == "acceptance" and "10 % of the steps were accepted, where 80 % were aimed at" in found.sentence


def _stepped(accepted: np.ndarray, *, corrected: bool) -> SimpleNamespace:
    return SimpleNamespace(
        diverging=np.zeros(accepted.shape, bool), accept_stat=accepted, corrected=corrected, target_accept=0.8,
        algorithm="mala",
    )  # fmt: skip
