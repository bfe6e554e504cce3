"""Ratios, their intervals and verdicts, on numbers given by hand: nothing here looks at a clock."""

from __future__ import annotations

import os

import numpy as np
import pytest

from benchmarks import children, report
from benchmarks.timing import interleave, ratio


def test_interleaved_in_turning_order() -> None:
    """A B C, then B C A: nobody is always first."""
    seen: list[str] = []

    def run(name: str) -> float:
        seen.append(name)
        return float(len(seen))

    measured = interleave({"a": lambda: run("a"), "b": lambda: run("b"), "c": lambda: run("c")}, 2)
    assert "".join(seen) == "abcbca"
    assert measured == {"a": [1.0, 6.0], "b": [2.0, 4.0], "c": [3.0, 5.0]}


def test_ratio_within_rounds() -> None:
    """A machine that becomes ten times slower half way does not change a ratio."""
    drift = np.array([1.0] * 10 + [10.0] * 10)
    found = ratio({"a": list(2.0 * drift), "b": list(drift)}, "a", "b")
    assert (found.median, found.of_minima, found.low, found.high) == (2.0, 2.0, 2.0, 2.0)


@pytest.mark.parametrize(("target", "verdict"), [(2.5, "met"), (1.5, "missed"), (2.0, "noise")])
def test_verdict(target: float, verdict: str) -> None:
    """The whole interval below the target, above it, or around it."""
    noisy = list(2.0 + 0.1 * np.random.default_rng(0).standard_normal(31))
    found = ratio({"a": noisy, "b": [1.0] * 31}, "a", "b")
    assert found.low < found.median < found.high
    assert found.verdict(target) == verdict


def test_interval_covers_the_median() -> None:
    """In at least 90 % of 400 repetitions (nominal 95 %); false alarm below 1e-5 by the binomial law."""
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        found = ratio({"a": list(np.exp(rng.standard_normal(31))), "b": [1.0] * 31}, "a", "b")
        covered += found.low <= 1.0 <= found.high
    assert covered >= 360


def test_tables_of_results() -> None:
    """A table has a row a posterior, with ratio, interval and verdict."""
    same = ratio({"a": [1.0, 1.1], "b": [1.0, 1.0]}, "a", "b").against(1.05)
    row = {"fastest_microseconds": {"emitted": 1.0, "by_hand": 1.0, "numpyro": 2.0}}
    text = report.tables({"gradient": {"arK": {**row, "against_by_hand": same, "against_numpyro": same}}})
    assert "| arK | 1.00 | 1.00 | 2.00 | 1.05 [1.00, 1.10] 1.00 *noise* |" in text


def test_children_are_told_how_loops_are_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """In their environment, which is not this process's."""
    monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=here")
    assert children.loops_environment("dispatched") == {}
    told = children.loops_environment("fused")["XLA_FLAGS"]
    assert told.startswith("--xla_dump_to=here ") and "small_while_loop" in told
    assert os.environ["XLA_FLAGS"] == "--xla_dump_to=here"


def test_a_worker_answers_every_line_or_says_why_not() -> None:
    """A process that ends before it has answered hands on what it said."""
    with children.worker("benchmarks.sampling", ["nonsense", "arK"]) as ask, pytest.raises(RuntimeError, match="invalid choice"):
        ask("1")
