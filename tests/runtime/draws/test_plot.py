"""The forest plot: what it draws, what it refuses, and that it leaves a file whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pushforward.cli import main
from pushforward.runtime.draws import Draws
from pushforward.runtime.draws import plot as plots
from pushforward.runtime.draws.plot import forest


@pytest.fixture
def draws() -> Draws:
    rng = np.random.default_rng(1)
    return Draws(
        posterior={
            "mu": rng.normal(4.0, 3.0, (4, 200)),
            "theta": rng.normal(5.0, 5.0, (4, 200, 8)),
            "sigma": rng.normal(1000.0, 0.01, (4, 200)),
        }
    )


def test_png_svg_and_pdf_are_written(draws: Draws, tmp_path: Path) -> None:
    beginnings = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    for suffix, beginning in beginnings.items():
        forest(draws, tmp_path / f"forest.{suffix}", title="eight schools")
        assert (tmp_path / f"forest.{suffix}").read_bytes().startswith(beginning)
    assert {p.suffix for p in tmp_path.iterdir()} == {".png", ".svg", ".pdf"}, "no temporary file stays"


def test_the_same_draws_give_the_same_picture(draws: Draws, tmp_path: Path) -> None:
    forest(draws, tmp_path / "a.png")
    forest(draws, tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_variables_of_one_scale_share_an_axis(draws: Draws) -> None:
    panels, left_out = plots._panels(draws, None, 100)
    assert [p.names for p in panels] == [("mu", *(f"theta[{i}]" for i in range(8))), ("sigma",)]
    assert left_out == 0


def test_quantiles_are_those_of_the_draws(draws: Draws) -> None:
    (panel,), _ = plots._panels(draws, ["theta"], 100)
    expected = np.quantile(draws["theta"].reshape(-1, 8), plots.QUANTILES, axis=0).T
    np.testing.assert_allclose(panel.quantiles, expected)


def test_what_does_not_fit_is_counted(draws: Draws) -> None:
    panels, left_out = plots._panels(draws, ["theta"], 3)
    assert (panels[0].names, left_out) == (("theta[0]", "theta[1]", "theta[2]"), 5)
    assert "5 more elements not drawn" in plots._legend(draws, panels, left_out)


def test_chains_that_do_not_agree_are_marked() -> None:
    apart = np.random.default_rng(2).normal(size=(2, 100)) + np.array([[0.0], [9.0]])
    panels, _ = plots._panels(Draws(posterior={"x": apart}), None, 100)
    assert panels[0].doubtful == (True,)


def test_what_never_varies_or_is_not_finite_is_drawn(tmp_path: Path) -> None:
    odd = {"one": np.ones((2, 50, 2)), "hole": np.full((2, 50), np.nan), "yes": np.ones((2, 50), bool)}
    forest(Draws(posterior=odd), tmp_path / "odd.png")
    assert (tmp_path / "odd.png").stat().st_size > 1000


def test_an_unknown_suffix_is_refused_and_the_file_kept(draws: Draws, tmp_path: Path) -> None:
    path = tmp_path / "forest.docx"
    path.write_text("mine")
    with pytest.raises(ValueError, match="names no format of pictures"):
        forest(draws, path)
    assert path.read_text() == "mine"


def test_an_unknown_variable_is_named(draws: Draws, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="nu"):
        forest(draws, tmp_path / "forest.png", variables=["nu"])


def test_draws_without_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no numbers"):
        forest(Draws(posterior={"name": np.full((1, 2), "a")}), tmp_path / "forest.png")


PROGRAM = "model m(n: int) {\n  mu ~ normal(0, 1)\n  y: vector[n] ~ normal(mu, 1)\n}\n"


def test_sample_plots(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.pf").write_text(PROGRAM)
    (tmp_path / "d.json").write_text('{"n": 2, "y": [1, 2]}')
    few = ["--chains", "1", "--warmup", "30", "--draws", "20", "--no-cache"]
    files = [str(tmp_path / "m.pf"), "--data", str(tmp_path / "d.json")]
    assert main(["sample", *files, *few, "--plot", str(tmp_path / "m.png"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["plot"] == str(tmp_path / "m.png")
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")


def test_sample_refuses_a_picture_before_it_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.pf").write_text(PROGRAM)
    (tmp_path / "d.json").write_text('{"n": 2, "y": [1, 2]}')
    arguments = ["sample", str(tmp_path / "m.pf"), "--data", str(tmp_path / "d.json"), "--plot", "m.gif"]
    assert main(arguments) == 2
    assert "m.gif names no format of pictures: use pdf, png, svg" in capsys.readouterr().err


def test_matplotlib_is_imported_only_for_a_picture() -> None:
    script = "import sys, pushforward.runtime.draws.plot; print('matplotlib' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
