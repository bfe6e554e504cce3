"""Every example is formatted, checks without an error or a remark, takes its data, and compiles to a module that stands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pushforward as pf
from pushforward.api import Bound
from pushforward.dsl.format import format_source
from pushforward.dsl.source import Source
from pushforward.runtime.data import read_file
from pushforward.runtime.samplers.executable import enable_x64
from tests.contracts.sampling import every

ROOT = Path(__file__).parents[2] / "examples"
MODELS = sorted(ROOT.rglob("model.pf"))


def bound_of(path: Path) -> Bound:
    """An example with its data."""
    return pf.load(path).only().with_data(read_file(path.parent / "data.json"))


def name_of(path: Path) -> str:
    """The folder of an example, below the folder of all."""
    return path.parent.relative_to(ROOT).as_posix()


each = pytest.mark.parametrize("path", MODELS, ids=name_of)


def test_there_are_examples() -> None:
    assert MODELS


@each
def test_it_is_formatted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert format_source(Source(path.name, text)) == text


@each
def test_it_checks(path: Path) -> None:
    module = pf.load(path)
    assert not module.warnings and not module.not_yet
    assert module.only().program.doc


@each
def test_it_takes_its_data(path: Path) -> None:
    assert bound_of(path).data.values


@each
def test_it_compiles(path: Path) -> None:
    """The whole module is emitted, the same twice; only draws of an improper prior are missing."""
    compiled = bound_of(path).compiled
    whole = compiled.whole
    assert set(whole.missing) <= {"simulate"}
    assert pf.load(path).only().compiled(compiled.observed).whole.emitted.text == whole.emitted.text


@pytest.mark.parametrize("path", every(MODELS, 2), ids=name_of)
def test_it_has_a_density(path: Path) -> None:
    enable_x64()
    bound = bound_of(path)
    q = np.full(bound.dimension, 0.1)
    assert np.isfinite(bound.log_density_unconstrained(q))
    np.testing.assert_allclose(bound.unconstrain(bound.constrain(q)), q, rtol=1e-9)


def test_posteriors_are_listed() -> None:
    """The table of the posteriors names each of them."""
    text = (ROOT / "posteriors" / "README.md").read_text(encoding="utf-8")
    listed = {line.split("|")[1].strip().strip("`") for line in text.splitlines() if line.startswith("| `")}
    assert listed == {path.parent.name for path in MODELS if path.parent.parent.name == "posteriors"}
