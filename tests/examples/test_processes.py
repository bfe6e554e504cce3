"""The examples of processes: they are formatted, check, and show the numbers that they must."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64
from tests.examples.scripts import ROOT as EXAMPLES
from tests.examples.scripts import formatted_and_checked, script

ROOT = EXAMPLES / "processes"
FILES = sorted(ROOT.rglob("*.pf"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_it_is_formatted_and_checks(path: Path) -> None:
    formatted_and_checked(path)


def test_the_data_of_the_path_are_those_that_are_made() -> None:
    data = json.loads((ROOT / "ou" / "data.json").read_text(encoding="utf-8"))
    assert data == script("processes/ou").made()


def test_the_returns_are_those_that_are_made() -> None:
    data = json.loads((ROOT / "volatility" / "data.json").read_text(encoding="utf-8"))
    assert data == script("processes/volatility").made()[0]


def test_the_path_integrated_out_is_the_same_law() -> None:
    """The density of the data is that of data and path less that of the path given the data, whichever the path: the
    posterior of the path is normal, so that its density at the mean follows from the Hessian."""
    import jax

    enable_x64()
    data = json.loads((ROOT / "ou" / "data.json").read_text(encoding="utf-8"))
    data = {name: values[:12] for name, values in data.items()}
    module = pf.load(ROOT / "ou" / "path.pf")
    given = {"theta": 0.7, "mu": 1.4, "sigma": 0.5, "noise": 0.3}
    latent, marginal = (module.only(name).with_data(data) for name in ("seen", "path_integrated_out"))

    def joint(path: jax.Array) -> jax.Array:
        return latent.log_density({**given, "xs": path})

    start = np.zeros(12)
    precision = -np.asarray(jax.jit(jax.hessian(joint))(start))
    mean = start + np.linalg.solve(precision, np.asarray(jax.grad(joint)(start)))
    posterior = 0.5 * np.linalg.slogdet(precision)[1] - 6 * np.log(2 * np.pi)
    np.testing.assert_allclose(joint(mean) - posterior, marginal.log_density(given), rtol=1e-10)


@pytest.mark.slow
def test_the_rates_of_the_guide_are_those_of_the_posterior() -> None:
    """Means within 0.3 posterior standard deviations, standard deviations within a fifth."""
    enable_x64()
    run = script("processes/predation")
    model = run.bound()
    rows = model.sample(seed=0, warmup=2000, draws=2000, target_accept=0.9).summary()
    guide = run.fitted(model, 40_000).guide.sample(4000, seed=1)
    for name in ("a", "b", "c", "d"):
        values = np.asarray(guide[name])
        assert abs(values.mean() - rows[name]["mean"]) < 0.3 * rows[name]["sd"]
        assert 0.8 < values.std() / rows[name]["sd"] < 1.2
