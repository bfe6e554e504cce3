"""Small programs and data in a folder of their own, and the command line run in this process."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pushforward.cli import main

ROOT = Path(__file__).parents[2]

SCHOOLS = """\
## Eight schools.
model schools(sigma: positive[J]) {
  mu ~ normal(0, 5)
  tau ~ half_cauchy(5)
  z: vector[J] ~ normal(0, 1)
  let theta = mu + tau * z
  y ~ normal(theta, sigma)
  return {theta}
}
"""
DATA = {"J": 8, "y": [28, 8, -3, 7, -1, 1, 18, 12], "sigma": [15, 10, 16, 11, 9, 11, 10, 18]}


@dataclass(frozen=True)
class Result:
    """What a command gave."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        return json.loads(self.out)


Run = Callable[..., Result]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt here, and has its default meaning in processes that start from here.

    A shell starts what runs in the background with SIGINT ignored, and children inherit that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def call(*argv: object) -> Result:
        capsys.readouterr()
        status = main([str(word) for word in argv])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Result(status, captured.out, captured.err)

    return call


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with `schools.pf` and `schools.json`, where commands run; it holds the cache too."""
    (tmp_path / "schools.pf").write_text(SCHOOLS)
    (tmp_path / "schools.json").write_text(json.dumps(DATA))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUSHFORWARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    yield tmp_path


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    """The environment for commands in processes of their own."""
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, "JAX_PLATFORMS": "cpu"}


@pytest.fixture
def command() -> list[str]:
    """The command line in a process of its own."""
    return [sys.executable, "-m", "pushforward"]
