"""`pushforward generate`: draws of a process, files, and what is told where it cannot be done."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pushforward.dsl import tree
from pushforward.dsl.format import format_source
from pushforward.dsl.parse import parse
from pushforward.dsl.source import Source
from pushforward.runtime.draws import read_netcdf
from tests.cli.conftest import Run

FLOW = """\
process grow(a: real) {
  x: vector[2] ~ normal(0, 1)
  dx = a * x dt
}
process shaken() {
  x ~ normal(0, 1)
  dx = -x dt + 0.5 dW
}
"""


def test_draws_are_told_and_written(run: Run, folder: Path) -> None:
    (folder / "f.pf").write_text(FLOW)
    (folder / "d.json").write_text(json.dumps({"rate": 0.5}))
    found = run("generate", "f.pf", "--process", "grow(rate)", "--data", "d.json", "--draws", "40", "--by", "rk4(steps=10)",
                "--output", "x.nc", "--plot", "x.png", "--json")  # fmt: skip
    assert found.status == 0 and json.loads(found.out)["draws"] == 40
    drawn = read_netcdf(folder / "x.nc").group("posterior")
    assert drawn["x"].shape == (1, 40, 2) and (folder / "x.png").exists()
    np.testing.assert_allclose(drawn["x"], np.exp(0.5) * drawn["start"], rtol=1e-5)


def test_what_cannot_be_generated(run: Run, folder: Path) -> None:
    (folder / "f.pf").write_text(FLOW)
    for words, status, told in (
        ((), 2, "which process is meant"),
        (("--process", "shaken()", "--by", "heun(steps=3)"), 1, "PF721"),
        (("--process", "grow(1)", "--by", "heon(steps=3)"), 1, "PF723"),
        (("--process", "grow(1)", "--params", "no.npz"), 1, "PF416"),
    ):
        found = run("generate", "f.pf", *words)
        assert found.status == status and told in found.err, found.err


def test_the_number_stands_after_the_operand() -> None:
    text = "let generate = 3\nlet a = generate p.process 1_000 by heun(steps=8)\nlet b = generate p by heun()\nlet c = generate + 1\n"
    items = parse(Source("g.pf", text)).items
    values = [i.value for i in items if isinstance(i, tree.Let)]
    assert isinstance(values[1], tree.Hole) and isinstance(values[1].value, tree.Run)
    assert values[1].value.verb == "generate" and values[1].value.count == tree.Number(1000, "1_000")
    assert isinstance(values[2], tree.Hole) and isinstance(values[2].value, tree.Run) and values[2].value.count is None
    assert isinstance(values[3], tree.Binary)
    assert parse(Source("g.pf", format_source(Source("g.pf", text)))).items == items
