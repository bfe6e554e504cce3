"""The golden programs with their data, for whoever wants real programs to try something on."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pushforward.api import Bound, Model, load

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden"
EXAMPLES = TESTS.parent / "examples" / "posteriors"

#: The golden programs, by folder.
NAMES = tuple(sorted(p.parent.name for p in GOLDEN.glob("*/program.pf")))


@cache
def model(name: str) -> Model:
    """The model of a golden program."""
    return load(GOLDEN / name / "program.pf").only()


@cache
def data(name: str) -> dict[str, Any]:
    """Arguments and observations."""
    found: dict[str, Any] = json.loads((GOLDEN / name / "data.json").read_text(encoding="utf-8"))
    return found


@cache
def bound(name: str) -> Bound:
    """A golden program with its arguments and observations."""
    return model(name).with_data(data(name))


@cache
def prior(name: str) -> Bound:
    """A golden program with its arguments and no observations: every variable is unknown."""
    arguments = {k: v for k, v in data(name).items() if k not in model(name).variables}
    return model(name).with_data(arguments)


def position(of: Bound, seed: int = 1) -> Any:
    """A point of the unconstrained space, normal with scale 1/2."""
    return 0.5 * np.random.default_rng(seed).normal(size=of.dimension)
