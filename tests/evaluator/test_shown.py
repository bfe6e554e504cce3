"""Values as people and machines read them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pushforward.evaluator.shown import histogram, printed_text, text_of, to_json
from pushforward.evaluator.values import Drawn, Record, Value, type_of


@pytest.mark.parametrize(
    ("value", "text", "type_"),
    [
        (3, "3", "int"),
        (True, "true", "bool"),
        (0.1 + 0.2, "0.3", "real"),
        (1e-9, "1e-09", "real"),
        ("text", "text", "string"),
        (("a", "b"), '["a", "b"]', "string[2]"),
        (np.array([1.0, 2.5]), "[1, 2.5]", "vector[2]"),
        (np.array([1, 2]), "[1, 2]", "int[2]"),
        (np.array([True]), "[true]", "bool[1]"),
        (np.array([[1.0, 10.0], [2.0, 3.0]]), "[[1, 10],\n [2,  3]]", "matrix[2, 2]"),
        (np.array([[1.0, 2.0]]), "[[1, 2]]", "matrix[1, 2]"),
        (np.zeros((2, 3, 4)), "real[2, 3, 4] from 0 to 0", "real[2, 3, 4]"),
        (np.zeros(0), "[]", "vector[0]"),
        (np.zeros((0, 2)), "matrix[0, 2]", "matrix[0, 2]"),
        (Record({"a": 1, "bc": np.zeros((2, 2))}), "a  = 1\nbc = matrix[2, 2]", "{a: int, bc: matrix[2, 2]}"),
    ],
)
def test_values(value: Value, text: str, type_: str) -> None:
    assert text_of(value) == text and type_of(value) == type_
    json.dumps(to_json(value), allow_nan=False)


def test_long_arrays_are_cut_in_the_middle() -> None:
    text = text_of(np.arange(1000.0))
    assert text.startswith("[0, 1, 2, 3, 4, 5, ... 988 more ..., 994") and len(text) < 100
    assert len(text_of(np.zeros((100, 100))).splitlines()) == 13


def test_json_has_neither_nan_nor_infinities() -> None:
    assert to_json(np.array([[1.0, np.nan], [np.inf, 2]])) == [[1.0, None], [None, 2.0]]
    assert to_json(float("nan")) is None


def test_short_values_share_a_line() -> None:
    assert printed_text(("x =", 3)) == "x = 3"
    assert printed_text(("A =", np.eye(2))) == "A =\n[[1, 0],\n [0, 1]]"


def test_histograms_show_where_draws_are() -> None:
    picture = histogram(np.concatenate([np.zeros(50), np.full(100, 1.0)]), bins=4)
    assert picture == "▅  █"
    assert histogram(np.ones(5)) == "" and histogram(np.array([np.nan])) == ""


def test_draws_are_shown_as_a_table_with_histograms() -> None:
    draws = Drawn("theta", np.random.default_rng(0).normal(size=(400, 2)), chains=2)
    head, first, second = text_of(draws).splitlines()
    assert head.split() == ["mean", "sd", "q5", "q50", "q95"]
    assert first.startswith("theta[0]") and second.startswith("theta[1]") and "█" in first
