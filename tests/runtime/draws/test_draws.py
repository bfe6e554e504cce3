"""The record itself, its summary and the tables."""

import importlib
import io
import json
import math

import numpy as np
import pytest

from pushforward.runtime.draws import Draws, Summary, plain_text, print_summary, summarise_variables
from pushforward.runtime.draws.summary import COLUMNS, element_names

RNG = np.random.default_rng(20260102)


def factor() -> Draws:
    """Cholesky factors of 2 x 2 correlation matrices: the first row is 1, 0 in every draw."""
    r = RNG.uniform(-0.9, 0.9, size=(4, 250))
    rows = [np.stack([np.ones_like(r), np.zeros_like(r)], -1), np.stack([r, np.sqrt(1 - r**2)], -1)]
    return Draws(posterior={"mu": RNG.normal(3, 2, size=(4, 250)), "L": np.stack(rows, -2)})


def test_validation() -> None:
    with pytest.raises(ValueError, match="chains and draws differ in posterior"):
        Draws(posterior={"a": np.zeros((2, 3)), "b": np.zeros((3, 2))})
    with pytest.raises(ValueError, match="starts with chains and draws"):
        Draws(sample_stats={"a": np.zeros(3)})
    with pytest.raises(ValueError, match="do not name"):
        Draws(posterior={"a": np.zeros((2, 3, 4))}, dims={"a": ("N", "K")})


def test_access() -> None:
    draws = Draws(posterior={"a": np.zeros((2, 3))}, posterior_predictive={"y": np.ones((2, 3, 4))})
    assert (draws.chains, draws.draws) == (2, 3)
    assert draws["y"].shape == (2, 3, 4)
    with pytest.raises(KeyError, match="no draws of 'b'; there are a"):
        draws["b"]
    assert (Draws().chains, Draws().draws) == (0, 0)


def test_element_names() -> None:
    assert element_names("mu", ()) == ["mu"]
    assert element_names("theta", (2,)) == ["theta[0]", "theta[1]"]
    assert element_names("L", (2, 2)) == ["L[0,0]", "L[0,1]", "L[1,0]", "L[1,1]"]
    assert element_names("e", (0, 3)) == []


def test_rows_and_columns_are_in_order() -> None:
    summary = factor().summary()
    assert summary.rows == ("mu", "L[0,0]", "L[0,1]", "L[1,0]", "L[1,1]")
    assert tuple(summary.columns) == COLUMNS
    assert len(summary) == 5


def test_numbers_agree_with_numpy() -> None:
    draws = factor()
    row = draws.summary(["mu"])["mu"]
    pooled = draws["mu"].ravel()
    assert row["mean"] == pytest.approx(pooled.mean())
    assert row["sd"] == pytest.approx(pooled.std(ddof=1))
    assert [row["q5"], row["q50"], row["q95"]] == pytest.approx(np.quantile(pooled, [0.05, 0.5, 0.95]))


@pytest.mark.filterwarnings("ignore")
def test_diagnostics_agree_with_arviz() -> None:
    arviz = importlib.import_module("arviz")
    draws = factor()
    row = draws.summary()["L[1,0]"]
    values = draws["L"][:, :, 1, 0]
    assert row["rhat"] == pytest.approx(float(arviz.rhat(values)), rel=1e-8)
    assert row["ess_bulk"] == pytest.approx(float(arviz.ess(values, method="bulk")), rel=1e-8)
    assert row["ess_tail"] == pytest.approx(float(arviz.ess(values, method="tail")), rel=1e-8)
    assert row["mcse_mean"] == pytest.approx(float(arviz.mcse(values)), rel=1e-8)


def test_what_never_varies_has_no_diagnostics() -> None:
    summary = factor().summary()
    corner = summary["L[0,0]"]
    assert [corner[name] for name in ("mean", "sd", "q5", "q50", "q95")] == [1, 0, 1, 1, 1]
    assert all(math.isnan(corner[name]) for name in ("ess_bulk", "ess_tail", "rhat", "mcse_mean"))


def test_draws_that_are_not_finite() -> None:
    x = RNG.normal(size=(2, 50))
    x[0, 0] = np.inf
    y = np.where(np.isinf(x), np.nan, x)
    summary = Draws(posterior={"x": x, "y": y}).summary()
    assert summary["x"]["mean"] == np.inf
    assert math.isnan(summary["y"]["mean"])
    assert math.isnan(summary["x"]["rhat"])


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (4, 3), (1, 5)])
def test_short_runs(shape: tuple[int, int]) -> None:
    row = Draws(posterior={"x": RNG.normal(size=shape)}).summary()["x"]
    assert math.isfinite(row["mean"])


def test_whole_numbers_truth_values_and_nothing() -> None:
    draws = Draws(posterior={"k": RNG.integers(0, 5, (2, 100)), "b": RNG.random((2, 100)) < 0.5})
    assert 0 < draws.summary()["b"]["mean"] < 1
    assert Draws().summary().rows == ()
    assert summarise_variables({"e": np.zeros((2, 10, 0))}).rows == ()
    assert summarise_variables({"x": np.zeros((2, 0))})["x"].keys() == set(COLUMNS)


def test_json_has_null_for_nan() -> None:
    found = factor().summary().to_json_object()
    assert found["L[0,0]"]["rhat"] is None
    assert found["L[0,0]"]["mean"] == 1.0
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_summary_fits_the_advice() -> None:
    summary = factor().summary()
    np.testing.assert_array_equal(summary.diagnostics().q05, summary.columns["q5"])


def fixed_summary() -> Summary:
    rows = {
        "mu": [4.4161, 3.3213, -1.0512, 4.4441, 9.8533, 1812.3, 1700.9, 1.00112, 0.0789],
        "theta[0]": [1234567.8, 54321.0, 0.0, 1e6, 2e6, 99.0, 88.0, 1.2345, 1234.0],
        "L[0,0]": [1.0, 0.0, 1.0, 1.0, 1.0, math.nan, math.nan, math.nan, math.nan],
        "tiny": [1.5e-9, 2.5e-9, 0.0, 1e-9, 3e-9, 4000, 4000, 1.0, 1e-11],
    }
    table = np.array(list(rows.values()))
    return Summary(tuple(rows), {name: table[:, j] for j, name in enumerate(COLUMNS)})


PLAIN = """\
             mean       sd     q5      q50      q95  ess_bulk  ess_tail   rhat  mcse_mean
mu           4.42     3.32  -1.05     4.44     9.85      1812      1701  1.001      0.079
theta[0]  1234568    54321      0  1000000  2000000        99        88  1.234    1.2e+03
L[0,0]          1        0      1        1        1         -         -      -          -
tiny      1.5e-09  2.5e-09      0    1e-09    3e-09      4000      4000  1.000      1e-11"""


def test_plain_text() -> None:
    assert plain_text(fixed_summary()) == PLAIN
    assert str(fixed_summary()) == PLAIN


def test_a_limit_says_what_it_leaves_out() -> None:
    assert plain_text(fixed_summary(), limit=1).splitlines()[-1] == "... 3 more rows"
    assert plain_text(fixed_summary(), limit=4) == PLAIN


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_colours_and_whole_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    print_summary(fixed_summary(), terminal, limit=3)
    text = terminal.getvalue()
    assert "\x1b[31m1.234\x1b[0m" in text
    assert "theta[0]" in text
    assert "1 more row" in text
    assert "…" not in text


def test_a_file_gets_plain_text() -> None:
    file = io.StringIO()
    print_summary(fixed_summary(), file)
    assert file.getvalue() == PLAIN + "\n"
