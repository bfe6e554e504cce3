"""Recursions that become one: the estimate and its gradient stay what they are; what differs is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import pushforward as pf
from pushforward.compiler import pipeline
from pushforward.compiler.core import ir
from pushforward.compiler.core.read import read
from pushforward.compiler.transforms.join import join
from tests.compiler.transforms.test_transforms import LIBRARY
from tests.contracts.sampling import every

TARGET = """
model target() {
  a ~ normal(0, 1)
  b ~ normal(a^2, 1)
}
"""
BEFORE = (Path(__file__).parent / "join" / "before.txt").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def float64() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


def scans(program: ir.Program) -> int:
    return sum(isinstance(s, ir.Scan) for s in program.body)


def found(guide: str, sizes: tuple[int, ...]) -> tuple[str, Any]:
    """The emitted text of the elbo of a flow, and its value and gradient somewhere."""
    target = pf.loads(TARGET).target()
    bound = pf.library.elbo(target, getattr(pf.library, guide)(target, *sizes))
    start = {n: x + 0.3 * np.cos(np.arange(x.size)).reshape(x.shape) for n, x in bound.initial().items()}
    return bound.emitted.text, jax.jit(jax.value_and_grad(bound.estimate))(start, jax.random.key(3))


@pytest.mark.parametrize(
    ("guide", "sizes"), every([("radial_flow", (3,)), ("planar_flow", (3,)), ("iaf", (2, 8)), ("spline_flow", (2, 4, 8))], 2)
)
def test_a_flow_is_walked_once(guide: str, sizes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    text, with_ = found(guide, sizes)
    passes = tuple(p for p in pipeline.OBJECTIVES["estimate"] if p.name != "join")
    assert len(passes) == len(pipeline.OBJECTIVES["estimate"]) - 1
    monkeypatch.setattr(pipeline, "OBJECTIVES", {**pipeline.OBJECTIVES, "estimate": passes})
    plain, without = found(guide, sizes)
    assert (text.count("lax.scan"), plain.count("lax.scan")) == (1, 2)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12), with_, without)


@pytest.mark.parametrize(
    ("right", "other", "why"),
    [
        ("carry g_1: real = s", "carry g_1: real = 1.0", "it begins elsewhere"),
        ("t_2: real = add(x_2, g_1)", "t_2: real = multiply(x_2, g_1)", "it goes on differently"),
        ("scan step_1 over T {", "scan step_1 over T + 1 {", "it is longer"),
        ("exp(x)", "exp(h)", "it follows from the first"),
    ],
)
def test_what_differs_stays_two(right: str, other: str, why: str) -> None:
    assert BEFORE.count(right) == 1
    assert scans(join(read(BEFORE, LIBRARY))) == 1
    different = read(BEFORE.replace(right, other), LIBRARY)
    assert join(different) == different, why
