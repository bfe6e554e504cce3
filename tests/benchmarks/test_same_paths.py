"""What the benchmark of paths compares has one law: the means agree within their Monte Carlo errors."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from benchmarks import paths
from benchmarks.cases import PATHS
from pushforward.runtime.samplers.executable import enable_x64
from tests.contracts.sampling import every


def test_the_cases_are_those_of_the_list() -> None:
    assert tuple(paths.CASES) == PATHS


@pytest.mark.parametrize("name", every(sorted(PATHS), 3))
def test_ours_and_the_one_by_hand_have_one_mean(name: str) -> None:
    """64 means of 256 paths of each, within 5 standard errors: a false alarm has a probability below 1e-6."""
    enable_x64()
    case = paths.CASES[name]
    keys = jax.random.split(jax.random.key(0), 64)
    ours, theirs = (
        np.asarray(jax.jit(jax.vmap(lambda k, f=f: f(np.asarray(case.params), k)))(keys))
        for f in (paths.emitted(case), paths.by_hand(case))
    )
    error = np.hypot(ours.std(), theirs.std()) / np.sqrt(64)
    assert error > 0 and abs(ours.mean() - theirs.mean()) < 5 * error
