"""`pushforward simulate`: tables, JSON, files, and what is told where it cannot be done."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pushforward.runtime.draws import read_netcdf
from tests.cli.conftest import Run

RATES = """\
process rate(theta: positive, mu: vector[2], s: positive) {
  x: vector[2] ~ normal(mu, s)
  dx = theta * (mu - x) dt + s dW
}
process walk() {
  x ~ normal(0, 1)
  dx = 1 dW
}
model m() {
  x ~ normal(0, 1)
}
"""


@pytest.fixture
def rates(folder: Path) -> Path:
    (folder / "rates.pf").write_text(RATES)
    (folder / "rate.json").write_text(json.dumps({"theta": 1, "mu": [1, -1], "s": 0.1, "spare": 3}))
    return folder


def test_a_table_of_every_state_and_time(run: Run, rates: Path) -> None:
    found = run("simulate", "rates.pf", "--process", "walk", "--at", "0:1:0.5", "--paths", "200")
    assert found.status == 0
    lines = found.out.splitlines()
    assert lines[0].split() == ["t", "mean", "sd", "q5", "q50", "q95"]
    assert [line.split()[:2] for line in lines[1:]] == [["path", "0"], ["path", "0.5"], ["path", "1"]]
    assert abs(float(lines[3].split()[3]) - np.sqrt(2)) < 0.3


def test_json_and_the_file_hold_the_same_paths(run: Run, rates: Path) -> None:
    words = ["simulate", "rates.pf", "--process", "rate", "--data", "rate.json", "--at", "0,0.5,3", "--paths", "50",
             "--by", "euler_maruyama(steps=2)", "--output", "P.nc", "--json"]  # fmt: skip
    found = run(*words)
    assert found.status == 0
    told = json.loads(found.out)
    assert told["program"] == "rate" and told["times"] == [0, 0.5, 3] and told["paths"] == 50
    assert told["notes"] == ["spare is not an argument of rate"]
    drawn = read_netcdf(rates / "P.nc").group("prior")["path"]
    assert drawn.shape == (1, 50, 3, 2)
    np.testing.assert_allclose(told["states"]["path"]["mean"], drawn[0].mean(0), rtol=1e-12)
    assert json.loads(run(*words).out)["states"] == told["states"]  # the same seed, the same paths


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--process", "rate", "--at", "0:1:0.5"], 1, "PF801"),
        (["--process", "walk", "--at", "1:0:0.5"], 2, "START:END:STEP"),
        (["--process", "walk", "--at", "0,0"], 2, "each after the one before"),
        (["--process", "walk", "--at", "zero"], 2, "neither START:END:STEP nor numbers"),
        (["--process", "m", "--at", "0,1"], 2, "not a process; the processes here: rate, walk"),
        (["--at", "0,1"], 2, "which process is meant?"),
        (["--process", "walk", "--at", "0,1", "--by", "milsten"], 1, "did you mean `milstein`?"),
        (["--process", "walk", "--at", "0,1", "--by", "milstein(("], 1, "PF102"),
        (["--process", "walk", "--at", "0,1", "--by", "x }\nmodel b() {"], 1, "PF622"),
    ],
)
def test_what_cannot_be_done_is_told(run: Run, rates: Path, words: list[str], status: int, told: str) -> None:
    found = run("simulate", "rates.pf", *words)
    assert found.status == status and told in found.err and "Traceback" not in found.err


@pytest.mark.parametrize("scheme", ["euler_maruyama", "milstein(steps=2)"])
def test_states_may_have_the_names_of_noises(run: Run, rates: Path, scheme: str) -> None:
    (rates / "c.pf").write_text(
        "process two() {\n  start ~ normal(0, 1)\n  z ~ normal(0, 1)\n  dstart = z dt + 1 dW1\n  dz = 1 dW2\n}\n"
    )
    found = run("simulate", "c.pf", "--at", "0,1", "--by", scheme, "--json")
    assert found.status == 0
    assert {n.removeprefix("path_") for n in json.loads(found.out)["states"]} == {"start", "z"}


def test_processes_in_scripts(run: Run, rates: Path) -> None:
    (rates / "a.pf").write_text(RATES + "let p = simulate walk() at [0, 1] by mc(100)\nprint summary(p)\n")
    assert run("check", "a.pf").status == 0
    found = run("run", "a.pf")
    assert found.status == 0 and "path[1]" in found.out
    (rates / "b.pf").write_text(RATES + "let p = simulate m() at [0, 1] by mc(100)\n")
    assert "PF624" in run("run", "b.pf").err
