"""Constraints on whole vectors and matrices, as the types `simplex`, `ordered`, `cov_matrix` ... promise.

Each rule takes an array whose trailing one or two axes hold the constrained value, and the tolerance. It
returns a mask over the leading axes (true where the rule is broken) and words for what was found at an
index of it. Equalities hold within 1e-8, as in Stan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from pushforward.runtime.data.arrays import Array
from pushforward.runtime.data.problem import Problem, and_more, place
from pushforward.runtime.data.spec import DataSpec

TOLERANCE: Final = 1e-8

Check: TypeAlias = tuple[Array, Callable[[Any], str]]
Rule: TypeAlias = Callable[[Array, float], Check]


@dataclass(frozen=True, slots=True)
class Constraint:
    """`axes`: 1 for vectors, 2 for matrices; `square`: whether the two axes must be equally long."""

    words: str
    axes: int
    rules: tuple[Rule, ...]
    help: str = ""
    square: bool = False


def _at_least_zero(x: Array, tolerance: float) -> Check:
    lowest = x.min(axis=-1, initial=np.inf)
    return lowest < 0, lambda i: f"an entry of {lowest[i]:.10g}"


def _sums_to_one(x: Array, tolerance: float) -> Check:
    total = x.sum(axis=-1)
    return ~(np.abs(total - 1) <= tolerance), lambda i: f"entries that sum to {total[i]:.10g}"


def _sums_to_zero(x: Array, tolerance: float) -> Check:
    total = x.sum(axis=-1)
    scale = np.maximum(1.0, np.abs(x).max(axis=-1, initial=0.0))
    return ~(np.abs(total) <= tolerance * scale), lambda i: f"entries that sum to {total[i]:.10g}"


def _increases(x: Array, tolerance: float) -> Check:
    falls = np.diff(x, axis=-1) <= 0

    def words(i: Any) -> str:
        k = int(np.argmax(falls[i]))
        return f"{x[i][k]:.10g} followed by {x[i][k + 1]:.10g}"

    return np.asarray(falls.any(axis=-1)), words


def _unit_length(x: Array, tolerance: float) -> Check:
    length = np.sqrt((x**2).sum(axis=-1))
    bad: Array = np.asarray(~(np.abs(length - 1) <= tolerance))
    return bad, lambda i: f"length {length[i]:.10g}"


def _rows_are_simplexes(x: Array, tolerance: float) -> Check:
    total = x.sum(axis=-1)
    bad = (x < 0).any(axis=-1) | ~(np.abs(total - 1) <= tolerance)

    def words(i: Any) -> str:
        row = int(np.argmax(bad[i]))
        return f"a row {row} with smallest entry {x[i][row].min():.10g} and sum {total[i][row]:.10g}"

    return bad.any(axis=-1), words


def _symmetric(x: Array, tolerance: float) -> Check:
    gap = np.abs(x - np.swapaxes(x, -1, -2))
    largest = gap.max(axis=(-1, -2), initial=0.0)
    scale = np.maximum(1.0, np.abs(x).max(axis=(-1, -2), initial=0.0))
    return ~(largest <= tolerance * scale), lambda i: f"mirror entries that differ by {largest[i]:.3g}"


def _unit_diagonal(x: Array, tolerance: float) -> Check:
    diagonal = np.diagonal(x, axis1=-2, axis2=-1)
    gap = np.abs(diagonal - 1)
    bad = ~(gap <= tolerance).all(axis=-1)
    return bad, lambda i: f"a diagonal entry of {diagonal[i][np.argmax(gap[i])]:.10g}"


def _positive_definite(x: Array, tolerance: float) -> Check:
    smallest = np.linalg.eigvalsh((x + np.swapaxes(x, -1, -2)) / 2).min(axis=-1, initial=np.inf)
    return ~(smallest > 0), lambda i: f"a smallest eigenvalue of {smallest[i]:.3g}"


def _lower_triangular(x: Array, tolerance: float) -> Check:
    above = np.triu(np.abs(x), k=1).max(axis=(-1, -2), initial=0.0)
    return above != 0, lambda i: f"an entry of {above[i]:.3g} above the diagonal"


def _positive_diagonal(x: Array, tolerance: float) -> Check:
    smallest = np.diagonal(x, axis1=-2, axis2=-1).min(axis=-1, initial=np.inf)
    return ~(smallest > 0), lambda i: f"a diagonal entry of {smallest[i]:.10g}"


def _unit_rows(x: Array, tolerance: float) -> Check:
    length = np.sqrt((x**2).sum(axis=-1))
    gap = np.abs(length - 1)
    return ~(gap <= tolerance).all(axis=-1), lambda i: f"a row of length {length[i][np.argmax(gap[i])]:.10g}"


_DIVIDE: Final = "divide each by its sum; text with few digits loses the last ones"
_FACTOR: Final = "give the lower Cholesky factor, zero above the diagonal (numpy.linalg.cholesky)"
_SYMMETRISE: Final = "average the matrix with its transpose; text with few digits loses symmetry"

CONSTRAINTS: Final[dict[str, Constraint]] = {
    "simplex": Constraint("entries of at least 0 that sum to 1", 1, (_at_least_zero, _sums_to_one), _DIVIDE),
    "ordered": Constraint("strictly increasing entries", 1, (_increases,)),
    "positive_ordered": Constraint("strictly increasing entries of at least 0", 1, (_increases, _at_least_zero)),
    "unit_vector": Constraint("a vector of length 1", 1, (_unit_length,), "divide it by its length"),
    "sum_to_zero": Constraint("entries that sum to 0", 1, (_sums_to_zero,), "subtract their mean"),
    "cholesky_corr": Constraint(
        "a Cholesky factor of a correlation matrix",
        2,
        (_lower_triangular, _positive_diagonal, _unit_rows),
        _FACTOR,
        True,
    ),
    "corr_matrix": Constraint(
        "a correlation matrix", 2, (_symmetric, _unit_diagonal, _positive_definite), _SYMMETRISE, True
    ),
    "cov_matrix": Constraint("a covariance matrix", 2, (_symmetric, _positive_definite), _SYMMETRISE, True),
    "cholesky_cov": Constraint(
        "a Cholesky factor of a covariance matrix", 2, (_lower_triangular, _positive_diagonal), _FACTOR
    ),
    "stochastic_matrix": Constraint("rows that are simplexes", 2, (_rows_are_simplexes,), _DIVIDE),
}


def broken(spec: DataSpec, value: Array, tolerance: float = TOLERANCE) -> tuple[Problem, ...]:
    """Every rule of `spec.shape_kind` that the value (finite, of the right rank) breaks, as PF806."""
    constraint = CONSTRAINTS.get(spec.shape_kind)
    if constraint is None:
        return ()
    if constraint.square and value.shape[-1] != value.shape[-2]:
        found = f"{value.shape[-2]} rows and {value.shape[-1]} columns"
        return (_problem(spec, "as many rows as columns", found, spec.name, ""),)
    problems: list[Problem] = []
    for rule in constraint.rules:
        bad, words = rule(value, tolerance)
        if np.any(bad):
            index = tuple(np.argwhere(bad)[0])
            found = words(index) + and_more(int(np.sum(bad)))
            problems.append(_problem(spec, constraint.words, found, place(spec.name, index), constraint.help))
    return tuple(problems)


def _problem(spec: DataSpec, expected: str, found: str, at: str, help: str) -> Problem:
    return Problem(
        code="PF806",
        key=spec.name,
        expected=f"{spec.type_words}: {expected}",
        found=found,
        place=at,
        help=help,
        declared=spec.span_note,
    )
