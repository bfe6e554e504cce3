"""The examples of samplers: they are formatted, check, and show what they must."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pushforward as pf
from tests.examples.scripts import ROOT as EXAMPLES
from tests.examples.scripts import formatted_and_checked, script

ROOT = EXAMPLES / "samplers"


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.pf")), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_it_is_formatted_and_checks(path: Path) -> None:
    formatted_and_checked(path)


def test_the_distance_of_quantiles_is_zero_and_that_of_a_moved_law_its_move() -> None:
    laplace = script("samplers/anisotropic_laplace")
    p = (np.arange(1000) + 0.5) / 1000
    x = np.where(p < 0.5, np.log(2 * p), -np.log(2 * (1 - p)))[:, None] / laplace.RATE
    assert laplace.distances(x).max() < 1e-12
    np.testing.assert_allclose(laplace.distances(x + 0.3 / laplace.RATE), 0.3)


@pytest.mark.slow
def test_the_order_of_samplers_for_nonsmooth_densities() -> None:
    """Mirror samplers are nearer than MYULA, as in Lau and Liu (2022)."""
    laplace = script("samplers/anisotropic_laplace")
    model = pf.load(ROOT / "anisotropic_laplace" / "laplace.pf").only()(laplace.RATE)
    mean = {}
    for name, settings in laplace.SAMPLERS.items():
        post = model.sample(
            by=name, step=laplace.STEP, thin=50, chains=2, warmup=0, draws=2000, seed=1,
            init={"x": np.zeros(laplace.N)}, **settings,
        )  # fmt: skip
        mean[name] = np.mean([laplace.distances(x).mean() for x in post.draws["x"]])
    assert mean["mirror"] < 0.7 * mean["myula"] and mean["bregman_moreau"] < 0.7 * mean["myula"]
