"""The constraints of a problem see what its `let`s name."""

from __future__ import annotations

import numpy as np
import pytest

import pushforward as pf


@pytest.mark.parametrize("limits", ["length <= 1, r[0] == 0", "dot(x - a, x - a) <= 1, x[0] - a[0] == 0"])
def test_a_let_may_be_constrained(limits: str) -> None:
    """The lowest sum on a disc around a: a - (0, 1, 1) / sqrt 2. The same with the names written out."""
    module = pf.loads(
        "problem p(a: vector[3]) {\n  param x: vector[3] = 0\n  let r = x - a\n  let length = dot(r, r)\n"
        f"  minimize sum(x)\n  subject to {limits}\n}}\n"
    )
    assert not module.warnings
    a = np.array([1.0, 2.0, 3.0])
    solved = module.p(a=a).solve()
    assert solved.converged
    np.testing.assert_allclose(solved.x, a - np.array([0, 1, 1]) / np.sqrt(2), atol=1e-4)
    np.testing.assert_allclose(solved.length, 1.0, atol=1e-4)
