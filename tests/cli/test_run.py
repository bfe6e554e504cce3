"""`pushforward run`: prints, JSON lines, files, exit statuses, and signals."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, SCHOOLS, Run

SCRIPT = """\
let d = load("schools.json")
let post = sample schools(d.sigma) | {y = d.y} by nuts(chains=2, draws=100, warmup=100)
print "schools:", size(d.y)
print summary(post)
plot(post, "forest.png")
"""


def test_a_script_prints_and_writes(run: Run, folder: Path) -> None:
    (folder / "a.pf").write_text(SCHOOLS + SCRIPT)
    found = run("run", "a.pf")
    lines = found.out.splitlines()
    assert found.status == 0 and lines[0] == "schools: 8" and lines[2].split()[0] == "mu" and len(lines) == 20
    assert "note: wrote forest.png" in found.err and (folder / "forest.png").stat().st_size > 1000
    assert run("run", "a.pf").out == found.out
    assert run("run", "a.pf", "--seed", "1").out != found.out


def test_in_json_every_print_is_a_line(run: Run, folder: Path) -> None:
    (folder / "a.pf").write_text('print 1 + 1\nprint "a", [1, 2.5]\nprint {x = inf, y = true}\n')
    found = run("run", "a.pf", "--json")
    assert found.status == 0
    assert [json.loads(line) for line in found.out.splitlines()] == [2, ["a", [1, 2.5]], {"x": None, "y": True}]


def test_an_error_exits_1_and_is_a_line_of_json(run: Run, folder: Path) -> None:
    (folder / "a.pf").write_text("let d = {x = 1}\nprint d.x\nprint d.y\n")
    plain = run("run", "a.pf")
    assert plain.status == 1 and plain.out == "1\n" and "a.pf:3:7" in plain.err and "error[PF722]" in plain.err
    told = run("run", "a.pf", "--json")
    first, second = map(json.loads, told.out.splitlines())
    assert told.status == 1 and first == 1 and [d["code"] for d in second["diagnostics"]] == ["PF722"]


def test_nothing_runs_when_the_check_fails(run: Run, folder: Path) -> None:
    (folder / "a.pf").write_text("print 1\nprint absent\n")
    found = run("run", "a.pf")
    assert (found.status, found.out) == (1, "") and "PF201" in found.err
    assert run("check", "a.pf").status == 1
    assert run("run", "absent.pf").status == 1


def test_what_has_no_meaning_yet_exits_2(run: Run, folder: Path) -> None:
    (folder / "a.pf").write_text("process t() {\n  x ~ normal(0, 1)\n  y ~ normal(0, 1)\n  dx = 1 dt\n  dy = 2 dt\n}\nlet s = simulate t() at [0.0, 1.0]\n")
    assert run("run", "a.pf").status == 2


def test_a_file_without_a_script_is_told_so(run: Run, folder: Path) -> None:
    found = run("run", "schools.pf")
    assert found.status == 0 and found.out == "" and "no statements to run" in found.err


def test_check_accepts_a_script_and_judges_its_words(run: Run, folder: Path) -> None:
    (folder / "a.pf").write_text(SCHOOLS + SCRIPT)
    assert run("check", "a.pf").out == "a.pf: ok (schools)\n"
    (folder / "b.pf").write_text('plto(3, "a.png")\nlet x = sample shools([1.0])\n')
    found = run("check", "b.pf")
    assert found.status == 1 and "did you mean `plot`?" in found.err and "`shools`" in found.err


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_stops_a_run(folder: Path, environment: dict[str, str], command: list[str]) -> None:
    one = "sample schools([1.0, 2]) | {y = [1, 2]} by nuts(chains=1, warmup=20, draws=20)"
    (folder / "a.pf").write_text(f"{SCHOOLS}for i in 0..1_000_000 {{\n  let p = {one}\n  print i\n}}\n")
    pipe = subprocess.PIPE
    with subprocess.Popen([*command, "run", "a.pf"], env=environment, stdout=pipe, stderr=pipe, text=True) as running:
        try:
            assert running.stdout is not None
            assert [running.stdout.readline() for _ in range(3)] == ["0\n", "1\n", "2\n"]
            running.send_signal(signal.SIGINT)
            _, err = running.communicate(timeout=120)
        finally:  # A process or a pipe left open is a warning in whatever test runs later.
            running.kill()
    assert running.returncode == 128 + signal.SIGINT and "Traceback" not in err and "stopped" in err


def test_the_example_prints_what_its_readme_says(run: Run, folder: Path) -> None:
    (folder / "examples" / "scripts").mkdir(parents=True)
    here = folder / "examples" / "scripts" / "eight_schools"
    here.mkdir()
    source = ROOT / "examples" / "scripts" / "eight_schools"
    for name in ("analysis.pf", "data.json"):
        (here / name).write_bytes((source / name).read_bytes())
    found = run("run", "examples/scripts/eight_schools/analysis.pf")
    told = re.search(r"^school A: 28 observed, (\S+) expected$", found.out, re.MULTILINE)
    # The mean of theta[0] is 6.2 with an sd of 5.6: with 4000 draws, 0.7 is more than five standard errors.
    assert found.status == 0 and told is not None and abs(float(told[1]) - 6.2) < 0.7
    assert (here / "forest.png").exists()
    assert run("fmt", "--check", "examples/scripts/eight_schools/analysis.pf").status == 0
    checked = run("check", "examples/scripts/eight_schools/analysis.pf")
    assert checked.status == 0 and checked.err == ""


SLIPS = """\
model m(y: vector[N]) {
  a ~ normal(0, 2)
  for i in 0..N {
    y[i] ~ normal(a, 1)
  }
}
model g() {
  param mu: real = 0
  a ~ normal(mu, 1)
}
objective e(p: model, q: model) {
  z ~ q
  return logp(p, z) - logp(q, z)
}
let fit = maximize e(m([1, 2]), g()) by adam(0.02, steps=20)
print fit.value < 0
"""


def test_slips_in_an_objective_are_told(run: Run, folder: Path) -> None:
    """The model in place of its guide, whose data are an argument; a slip in the name of `logp`."""

    def told(*replaced: str) -> tuple[int, str]:
        (folder / "a.pf").write_text(SLIPS.replace(*replaced))
        found = run("run", "a.pf")
        return found.status, found.err

    status, text = told("g())", "m([1, 2]))")
    assert status == 1 and "PF406" in text and "y is given" in text and "a.pf:12:3" in text
    status, text = told("logp(p", "logpp(p")
    assert status == 1 and "PF407" in text and "only `logp(p, z)` and `dim(p)` take programs" in text
    (folder / "a.pf").write_text(SLIPS)
    assert run("run", "a.pf").out == "true\n"


def test_an_unknown_objective_or_guide_is_told_with_near_names(run: Run, folder: Path) -> None:
    (folder / "a.pf").write_text(SLIPS[: SLIPS.index("let fit")])
    (folder / "d.json").write_text('{"y": [1, 2]}')
    for option, name, near in (("--objective", "elbow", "elbo"), ("--guide", "meanfield", "mean_field")):
        found = run("fit", "a.pf", "--program", "m", "--data", "d.json", option, name)
        assert found.status == 2 and f"did you mean {near}" in found.err
