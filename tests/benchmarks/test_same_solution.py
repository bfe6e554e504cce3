"""The ways to solve a problem that the benchmarks compare agree: ours and Optimistix', for JAXopt is no dependency."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import numpy as np
import pytest

from benchmarks import solvers
from benchmarks.cases import HOLES

#: what takes long to compile, and adds nothing to the others
LIBRARIES = ("pushforward", "optimistix")
#: Methods that do not find the solution; the benchmark puts them aside.
LOST = {
    "optimistix: Chord, LU": "transport", "optimistix: Newton, LU": "lasso",
}  # fmt: skip


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("name", HOLES)
def test_solutions_agree(name: str) -> None:
    """One of our programs and one way of the library: to 1e-6 of the largest entry."""
    hole = solvers.Hole(name)
    found = []
    for library in LIBRARIES:
        ways = {w: s for w, s in hole.ways(library).items() if LOST.get(f"{library}: {w}") != name}
        found.append(np.ravel(jax.jit(next(iter(ways.values())))(*hole.arrays)))
    scale = np.max(np.abs(found[0]))
    assert scale > 0
    assert np.max(np.abs(found[0] - found[1])) <= solvers.AGREE["solution"] * scale


def test_gradients_agree() -> None:
    """Of ridge regression, with the closed form: dz = -(H^-1) exp(theta) z."""
    hole = solvers.Hole("ridge")
    theta, given = hole.arrays
    X, y = np.asarray(given["X"]), np.asarray(given["y"])
    hessian = X.T @ X + np.diag(np.exp(theta))
    z = np.linalg.solve(hessian, X.T @ y)
    weights = np.random.default_rng(9).standard_normal(z.size)
    exact = -np.exp(theta) * z * np.linalg.solve(hessian, weights)
    for library in LIBRARIES:
        solve = next(iter(hole.ways(library).values()))
        np.testing.assert_allclose(jax.jit(solvers.gradient(solve))(*hole.arrays), exact, rtol=1e-7)


def test_a_wrong_way_is_put_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: what is off by a thousandth is named and not compared."""
    hole = solvers.Hole("ridge")
    right = hole.compiled("newton_cholesky")
    ways = {"right": right, "also": lambda t, d: right(t, d) * (1 + 1e-9), "wrong": lambda t, d: right(t, d) * 1.001}
    monkeypatch.setattr(solvers.Hole, "ways", lambda self, library: ways)
    kept, aside = solvers.agreeing(hole, ("pushforward",))
    assert set(kept["solution"]) == set(kept["gradient"]) == {"pushforward: right", "pushforward: also"}
    assert [a.partition(":")[2].split(":")[0].strip() for a in aside] == ["wrong"]


def test_what_has_no_rival_left_is_still_reported() -> None:
    """All of the others were put aside; or ours was."""
    alone = solvers._compared({"pushforward": [2.0, 3.0, 4.0]}, {"pushforward": "a", "jaxopt": ""})
    assert alone["better"] == "" and alone["ratios"] == {} and alone["microseconds"] == {"pushforward": 3.0}
    theirs = solvers._compared({"jaxopt": [2.0, 3.0, 4.0]}, {"pushforward": "", "jaxopt": "b"})
    assert theirs["better"] == "jaxopt" and theirs["ratios"] == {}
