"""The picture of a fit."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime.optimise.fit import fit
from pushforward.runtime.optimise.optimiser import optimiser
from pushforward.runtime.optimise.plot import plot_fit, smoothed
from pushforward.runtime.optimise.result import FitResult, Trace
from tests.runtime.optimise.problems import bowl


@pytest.fixture(scope="module")
def result() -> FitResult:
    return fit(bowl, {"x": jnp.zeros(3)}, sense="maximize", optimiser=optimiser("adam", 0.02, steps=500))


def test_pictures_are_written_whole_and_the_same(result: FitResult, tmp_path: Path) -> None:
    for suffix, beginning in {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}.items():
        plot_fit(result, tmp_path / f"fit.{suffix}", title="a bowl")
        assert (tmp_path / f"fit.{suffix}").read_bytes().startswith(beginning)
    plot_fit(result, tmp_path / "again.png", title="a bowl")
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "fit.png").read_bytes()
    assert len(list(tmp_path.iterdir())) == 4


def test_the_line_is_the_mean_of_windows(result: FitResult) -> None:
    line = smoothed(Trace(np.arange(300), np.repeat(np.arange(150.0), 2)))
    np.testing.assert_allclose(line.mean, np.arange(150.0))
    np.testing.assert_allclose(line.steps, 0.5 + 2 * np.arange(150))
    holes = smoothed(Trace(np.arange(3), np.array([1.0, np.inf, 3.0])))
    assert holes.mean.tolist() == [1.0, 3.0]


def test_what_cannot_be_drawn_is_refused(result: FitResult, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="names no format"):
        plot_fit(result, tmp_path / "fit.docx")
    with pytest.raises(ValueError, match="made no step"):
        plot_fit(replace(result, trace=Trace(np.zeros(0), np.zeros(0))), tmp_path / "fit.png")
    assert not list(tmp_path.iterdir())


def test_a_fit_without_a_value_is_drawn(result: FitResult, tmp_path: Path) -> None:
    plot_fit(replace(result, value=float("nan"), stderr=float("nan"), converged=False), tmp_path / "fit.png")
    assert (tmp_path / "fit.png").stat().st_size > 1000


def test_matplotlib_and_optax_are_imported_when_needed() -> None:
    modules = "pushforward.runtime.optimise.plot, pushforward.runtime.optimise.optimiser"
    script = f"import sys, {modules}; print({{'matplotlib', 'optax', 'jax'}} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
