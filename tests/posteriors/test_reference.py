"""The examples reproduce reference posteriors: ten long chains of another program.

Every mean must be within four Monte Carlo standard errors, those of both sides combined, and every standard deviation within a
tenth. If all is right, a mean fails with probability 6.3e-5; with the 134 of them the chance that any does is below 1e-2, drawn
once: the seeds are fixed. A tenth of a standard deviation is more than five standard errors of it here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pushforward as pf
from pushforward.runtime.data import read_file

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"


@dataclass(frozen=True)
class Reference:
    """An example, the reference it must reproduce, and how it is sampled."""

    example: str
    file: str
    quick: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    room: str = "posteriors"

    @property
    def parameters(self) -> dict[str, dict[str, float]]:
        """Mean, sd and the standard error of the mean, by scalar."""
        content = json.loads((HERE / "reference" / f"{self.file}.json").read_text())
        found: dict[str, dict[str, float]] = content["parameters"]
        return found


MANY, LONGER = {"draws": 4000}, {"draws": 2000}
# The neck of the funnel asks for small steps and long chains.
NARROW = {"draws": 10_000, "target_accept": 0.99}
# 24 correlated columns: with a diagonal metric most trajectories would be as long as they may be.
CORRELATED = {"metric": "dense", **LONGER}
REFERENCES = (
    Reference("eight_schools_noncentered", "eight_schools-eight_schools_noncentered", quick=True, settings=MANY),
    Reference("kidscore_momiq", "kidiq-kidscore_momiq", quick=True, settings=MANY),
    Reference("garch11", "garch-garch11", quick=True, settings=MANY),
    Reference("gp_regr", "gp_pois_regr-gp_regr", quick=True, settings=MANY),
    Reference("low_dim_gauss_mix", "low_dim_gauss_mix-low_dim_gauss_mix", quick=True, settings=MANY),
    Reference("eight_schools_centered", "eight_schools-eight_schools_centered", settings=NARROW),
    Reference("arK", "arK-arK", settings=LONGER),
    Reference("kidscore_interaction", "kidiq-kidscore_interaction", settings=LONGER),
    Reference("earn_height", "earnings-earn_height", settings=LONGER),
    Reference("logearn_interaction", "earnings-logearn_interaction", settings=LONGER),
    Reference("mesquite", "mesquite-mesquite", settings=LONGER),
    Reference("logmesquite_logvas", "mesquite-logmesquite_logvas", settings=LONGER),
    Reference("nes1980", "nes1980-nes", settings=LONGER),
    Reference("nes2000", "nes2000-nes", settings=LONGER),
    Reference("diamonds", "diamonds-diamonds", settings=CORRELATED),
    Reference("blr", "sblrc-blr", settings=LONGER),
    Reference("lotka_volterra", "hudson_lynx_hare-lotka_volterra", room="problems"),
)


@pytest.mark.parametrize(
    "reference",
    [pytest.param(r, id=r.example, marks=() if r.quick else pytest.mark.slow) for r in REFERENCES],
)
def test_posterior(reference: Reference) -> None:
    assert not wrong_of(reference, sampled(reference, **reference.settings).summary())


def sampled(reference: Reference, **settings: Any) -> Any:
    """The posterior of an example."""
    folder = EXAMPLES / reference.room / reference.example
    bound = pf.load(folder / "model.pf").only().with_data(read_file(folder / "data.json"))
    return bound.sample(seed=20, **settings)


def wrong_of(reference: Reference, summary: Any) -> dict[str, Any]:
    """The scalars that are not as the reference says."""
    wrong = {}
    for name, wanted in reference.parameters.items():
        found = summary[name]
        z = (found["mean"] - wanted["mean"]) / np.hypot(found["mcse_mean"], wanted["mcse_mean"])
        if not (abs(z) < 4 and abs(found["sd"] / wanted["sd"] - 1) < 0.1):
            wrong[name] = (z, found, wanted)
    return wrong


#: Posteriors whose coordinates are so little correlated that short steps get through them, by sampler. A random walk is
#: left to few coordinates.
EASY = ("eight_schools_noncentered", "kidscore_momiq", "garch11", "arK", "blr")
CORRECTED = {
    "mala": (*EASY, "gp_regr", "low_dim_gauss_mix"), "barker": EASY, "ghmc": EASY, "random_walk": EASY[1:3],
}  # fmt: skip
QUICK_STEPS = (("mala", "eight_schools_noncentered"), ("mala", "kidscore_momiq"))


@pytest.mark.parametrize(
    ("by", "example"),
    [
        pytest.param(by, example, marks=() if (by, example) in QUICK_STEPS else pytest.mark.slow)
        for by, examples in CORRECTED.items()
        for example in examples
    ],
)
def test_samplers_of_one_step(by: str, example: str) -> None:
    """What is corrected reproduces the references, too, where it moves well enough."""
    (reference,) = (r for r in REFERENCES if r.example == example)
    summary = sampled(reference, by=by, thin=50, draws=2000).summary()
    diagnostics = summary.diagnostics()
    assert np.nanmax(diagnostics.rhat) < 1.02 and np.nanmin(diagnostics.ess_bulk) > 400
    assert not wrong_of(reference, summary)


def test_every_reference_of_a_program_that_can_be_sampled_is_here() -> None:
    """One reference needs what the sampler does not have yet: a sum over hidden states."""
    files = {path.stem for path in (HERE / "reference").glob("*.json")}
    assert files - {r.file for r in REFERENCES} == {"hmm_example-hmm_example"}
