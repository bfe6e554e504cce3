"""Each constraint accepts what it should, with batches, and says what it found otherwise."""

from typing import Any

import numpy as np
import pytest

from pushforward.runtime.data import DataSpec
from pushforward.runtime.data.constraints import CONSTRAINTS, broken
from pushforward.runtime.data.spec import ShapeKind

CORRELATION = np.array([[1.0, 0.5], [0.5, 1.0]])
GOOD: dict[ShapeKind, np.ndarray] = {
    "simplex": np.array([0.2, 0.3, 0.5]),
    "ordered": np.array([-1.0, 0.0, 3.0]),
    "positive_ordered": np.array([0.0, 0.5, 3.0]),
    "unit_vector": np.array([0.6, 0.0, -0.8]),
    "sum_to_zero": np.array([1.0, -3.0, 2.0]),
    "cholesky_corr": np.linalg.cholesky(CORRELATION),
    "corr_matrix": CORRELATION,
    "cov_matrix": 4 * CORRELATION,
    "cholesky_cov": np.array([[1.0, 0.0], [2.0, 3.0], [0.5, -1.0]]),
    "stochastic_matrix": np.array([[0.1, 0.9], [1.0, 0.0], [0.5, 0.5]]),
}
BAD: list[tuple[ShapeKind, list[Any], str]] = [
    ("simplex", [0.2, 0.3, 0.6], "entries that sum to 1.1"),
    ("simplex", [1.5, -0.5], "an entry of -0.5"),
    ("simplex", [0.333, 0.333, 0.333], "entries that sum to 0.999"),
    ("ordered", [1.0, 3.0, 2.0], "3 followed by 2"),
    ("ordered", [1.0, 1.0], "1 followed by 1"),
    ("positive_ordered", [-1.0, 1.0], "an entry of -1"),
    ("unit_vector", [1.0, 1.0], "length 1.414213562"),
    ("sum_to_zero", [1.0, -2.0], "entries that sum to -1"),
    ("cholesky_corr", [[1.0, 0.5], [0.0, 1.0]], "an entry of 0.5 above the diagonal"),
    ("cholesky_corr", [[1.0, 0.0], [0.6, -0.8]], "a diagonal entry of -0.8"),
    ("cholesky_corr", [[1.0, 0.0], [0.6, 0.9]], "a row of length 1.08"),
    ("corr_matrix", [[1.0, 0.5], [0.4, 1.0]], "mirror entries that differ by 0.1"),
    ("corr_matrix", [[1.0, 0.5], [0.5, 2.0]], "a diagonal entry of 2"),
    ("corr_matrix", [[1.0, 1.5], [1.5, 1.0]], "a smallest eigenvalue of -0.5"),
    ("corr_matrix", [[1.0, 0.5, 0.5], [0.5, 1.0, 0.5]], "2 rows and 3 columns"),
    ("cov_matrix", [[1.0, 2.0], [2.0, 1.0]], "a smallest eigenvalue of -1"),
    ("cov_matrix", [[1.0, 0.0], [0.1, 1.0]], "mirror entries that differ by 0.1"),
    ("cholesky_cov", [[0.0, 0.0], [1.0, 1.0]], "a diagonal entry of 0"),
    ("stochastic_matrix", [[0.5, 0.5], [0.5, 0.6]], "a row 1 with smallest entry 0.5 and sum 1.1"),
]


def spec(kind: ShapeKind, dims: tuple[str, ...] = ("K",)) -> DataSpec:
    return DataSpec("v", "real", dims, kind)


def test_every_constraint_has_a_good_value() -> None:
    assert GOOD.keys() == CONSTRAINTS.keys()


@pytest.mark.parametrize("kind", GOOD)
def test_good_values_pass_alone_and_in_batches(kind: ShapeKind) -> None:
    assert broken(spec(kind), GOOD[kind]) == ()
    assert broken(spec(kind), np.stack([[GOOD[kind]] * 2] * 3)) == ()
    assert broken(spec(kind), np.stack([GOOD[kind]] * 2)[:0]) == ()


@pytest.mark.parametrize(("kind", "value", "words"), BAD)
def test_bad_values(kind: ShapeKind, value: list[Any], words: str) -> None:
    found = broken(spec(kind), np.array(value, dtype=np.float64))
    assert any(words in problem.found for problem in found)
    assert all(problem.code in ("PF806",) for problem in found)


@pytest.mark.parametrize(
    ("kind", "value", "words"), [case for case in BAD if np.shape(case[1]) in ((2,), (2, 2))]
)
def test_the_place_in_a_batch(kind: ShapeKind, value: list[Any], words: str) -> None:
    bad = np.array(value, dtype=np.float64)
    good = GOOD[kind][: bad.shape[0]]
    if kind == "simplex":
        good = np.array([0.25, 0.75])
    elif kind in ("unit_vector", "sum_to_zero"):
        good = np.array([0.6, 0.8]) if kind == "unit_vector" else np.array([1.0, -1.0])
    problem = next(p for p in broken(spec(kind), np.stack([good, bad, bad])) if words in p.found)
    assert problem.place == "v[1]"
    assert problem.found.endswith("(and 1 more entry)")


def test_the_tolerance_is_that_of_the_precision() -> None:
    thirds = np.full(3, np.float32(1) / np.float32(3)).astype(np.float64)
    assert broken(spec("simplex"), thirds) != ()
    assert broken(spec("simplex"), thirds, 2e-6) == ()
