"""The strategies whose noise is compared estimate one gradient, and have the variance that is said to be exact."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import numpy as np
import pytest

from benchmarks import variance
from benchmarks.cases import VARIANCES
from tests.contracts.sampling import every

UNBIASED = [name for name in VARIANCES if not name.split("/")[1].startswith(variance.BIASED)]


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("name", every(UNBIASED, 3))
def test_mean_and_variance(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mean in each of at most three parameters within 4.5 standard errors (false alarms 2e-5 a case), and the
    variance within 6 standard errors of its own of the exact one, where it is known."""
    monkeypatch.setattr(variance, "DRAWS", 40_000)
    case = variance.CASES[name]
    found = variance._draws(case.bound(case.strategy))
    away = found.mean(axis=0) - variance.gradient(case.law)
    assert (np.abs(away) <= 4.5 * found.std(axis=0) / np.sqrt(len(found)) + 1e-9).all()
    known = variance.exact(case.law, case.strategy)
    if known is not None:
        squares = ((found - found.mean(axis=0)) ** 2).sum(axis=1)
        assert abs(squares.mean() - known) <= 6 * squares.std() / np.sqrt(len(found)) + 1e-12
