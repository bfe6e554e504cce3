"""Every file of the distributions declares one distribution, says what it is, and has an oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pushforward.dsl import tree
from pushforward.dsl.parse import parse
from pushforward.dsl.source import Source
from tests.stdlib.distributions.oracles import ORACLES

FOLDER = Path(__file__).parents[3] / "stdlib" / "distributions"
NAMES = sorted(path.stem for path in FOLDER.glob("*.pf"))


def declaration(name: str) -> tree.Distribution:
    """The one declaration of a file."""
    (item,) = parse(Source(f"{name}.pf", (FOLDER / f"{name}.pf").read_text())).items
    assert isinstance(item, tree.Distribution)
    return item


def test_files_and_oracles_are_the_same_set() -> None:
    assert set(NAMES) == set(ORACLES)


@pytest.mark.parametrize("name", NAMES)
def test_declaration(name: str) -> None:
    item, oracle = declaration(name), ORACLES[name]
    members = [member.name for member in item.members]
    assert item.name == name
    assert item.doc and "Example: `" in item.doc and "Reference: " in item.doc
    assert len(members) == len(set(members))
    assert ("logpmf" if oracle.discrete else "logpdf") in members
    assert ("bind" in members or "draw" in members) == (name != "flat")


@pytest.mark.parametrize("name", NAMES)
def test_oracle_fits_the_declaration(name: str) -> None:
    names = {parameter.name for parameter in declaration(name).parameters}
    oracle = ORACLES[name]
    for case in oracle.cases:
        assert set(case.params) == names
        for point in case.points:
            assert np.shape(point) == oracle.event_shape
            assert not np.isnan(oracle.logpdf(point, **case.params))
