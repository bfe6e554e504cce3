"""The examples of samplers: they are formatted, check, and show what they must."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import pushforward as pf
from pushforward.dsl.format import format_source
from pushforward.dsl.source import Source

ROOT = Path(__file__).parents[2] / "examples" / "samplers"


def script(name: str) -> ModuleType:
    """The `run.py` of an example."""
    spec = importlib.util.spec_from_file_location(f"samplers_{name}", ROOT / name / "run.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.pf")), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_it_is_formatted_and_checks(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert format_source(Source(path.name, text)) == text
    module = pf.load(path)
    assert not module.warnings and not module.not_yet


def test_the_distance_of_quantiles_is_zero_and_that_of_a_moved_law_its_move() -> None:
    laplace = script("anisotropic_laplace")
    p = (np.arange(1000) + 0.5) / 1000
    x = np.where(p < 0.5, np.log(2 * p), -np.log(2 * (1 - p)))[:, None] / laplace.RATE
    assert laplace.distances(x).max() < 1e-12
    np.testing.assert_allclose(laplace.distances(x + 0.3 / laplace.RATE), 0.3)


@pytest.mark.slow
def test_the_order_of_samplers_for_nonsmooth_densities() -> None:
    """Mirror samplers are nearer than MYULA, as in Lau and Liu (2022)."""
    laplace = script("anisotropic_laplace")
    model = pf.load(ROOT / "anisotropic_laplace" / "laplace.pf").only()(laplace.RATE)
    mean = {}
    for name, settings in laplace.SAMPLERS.items():
        post = model.sample(
            by=name, step=laplace.STEP, thin=50, chains=2, warmup=0, draws=2000, seed=1,
            init={"x": np.zeros(laplace.N)}, **settings,
        )  # fmt: skip
        mean[name] = np.mean([laplace.distances(x).mean() for x in post.draws["x"]])
    assert mean["mirror"] < 0.7 * mean["myula"] and mean["bregman_moreau"] < 0.7 * mean["myula"]
