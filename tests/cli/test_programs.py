"""The verbs that need no JAX: check, fmt, show, compile, explain."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import DATA, SCHOOLS, Run

HEAVY = ("jax", "jaxlib", "numpy", "scipy", "numpyro", "tensorflow_probability", "rich", "pandas", "lark", "h5netcdf")

LIGHT = [
    ["check", "schools.pf"],
    ["check", "--json", "schools.pf"],
    ["fmt", "--check", "schools.pf"],
    ["show", "schools.pf", "--stage", "tree"],
    ["show", "schools.pf", "--stage", "typed"],
    ["show", "schools.pf", "--stage", "vectorise"],
    ["show", "schools.pf", "--stage", "jax", "--for", "simulate"],
    ["compile", "schools.pf", "-o", "out.py"],
    ["compile", "schools.pf", "-o", "out.py", "--standalone"],
    ["explain", "--all"],
    ["compile", "broken.pf"],
    ["--version"],
    ["check", "script.pf"],
]


def test_programs_are_checked_and_compiled_without_heavy_libraries(folder: Path, environment: dict[str, str]) -> None:
    (folder / "broken.pf").write_text("model m() { y ~ normal(mu, 1) }\n")
    (folder / "script.pf").write_text('let d = load("d.json")\nprint summary(sample d by nuts(chains=2)), [d.x, 1]\n')
    subprocess.run(
        [sys.executable, "-m", "pushforward", "check", "schools.pf"], env=environment, check=True
    )  # the grammar is built once
    code = f"""
import sys
from pushforward.cli import main
for argv in {LIGHT!r}:
    main(argv)
    heavy = [name for name in {HEAVY!r} if name in sys.modules]
    if argv == ["check", "script.pf"]:
        heavy.remove("numpy")  # a script is rehearsed with its data, which NumPy reads
    assert not heavy, (argv, heavy)
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_check_says_what_is_sound(run: Run, folder: Path) -> None:
    found = run("check", "schools.pf")
    assert (found.status, found.out) == (0, "schools.pf: ok (schools)\n")


def test_check_tells_every_error_of_every_file(run: Run, folder: Path) -> None:
    (folder / "a.pf").write_text("model m() {\n  y ~ normal(mu, 1)\n  z ~ normal(nu, 1)\n}\n")
    (folder / "b.pf").write_text("model m() {\n  y ~ normal(0 1)\n}\n")
    found = run("check", "a.pf", "schools.pf", "b.pf", "absent.pf")
    assert found.status == 1
    assert found.out.splitlines() == [
        "a.pf: 2 errors", "schools.pf: ok (schools)", "b.pf: 1 error", "absent.pf: 1 error",
    ]  # fmt: skip
    for place in ("a.pf:2:14", "a.pf:3:14", "b.pf:2:", "error[PF705]: absent.pf cannot be read"):
        assert place in found.err


def test_check_in_json_is_one_object(run: Run, folder: Path) -> None:
    (folder / "a.pf").write_text("model m() {\n  y ~ normal(mu, 1)\n}\n")
    found = run("check", "a.pf", "schools.pf", "absent.pf", "--json")
    assert found.status == 1 and not found.json["ok"]
    assert [d["code"] for d in found.json["diagnostics"]] == ["PF201", "PF705"]
    assert found.json["error"].startswith("a.pf:2:14: ")
    assert [f["ok"] for f in found.json["files"]] == [False, True, False]
    (program,) = found.json["files"][1]["programs"]
    assert program["name"] == "schools" and program["doc"] == "Eight schools."
    assert program["arguments"] == {"sigma": "real<lower=0.0, open>[J]"}
    assert run("check", "schools.pf", "--json").json["ok"] is True


def test_check_of_what_has_no_meaning_yet_exits_2(run: Run, folder: Path) -> None:
    (folder / "o.pf").write_text(SCHOOLS + "\nmodel f() {\n  x: simplex[3] ~ normal(0, 1)\n}\n")
    found = run("check", "o.pf")
    assert found.status == 2
    assert "not yet[PF490]" in found.err and "(schools)" in found.out


def test_check_reads_the_standard_input(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(SCHOOLS))
    assert run("check", "-").status == 0


def test_a_file_that_is_not_text_is_told_so(run: Run, folder: Path) -> None:
    (folder / "bytes.pf").write_bytes(b"model m() { \xff }")
    found = run("check", "bytes.pf")
    assert found.status == 1 and "byte 12 is not UTF-8" in found.err


def test_windows_line_breaks_are_read(run: Run, folder: Path) -> None:
    (folder / "schools.pf").write_bytes(SCHOOLS.replace("\n", "\r\n").encode())
    assert run("check", "schools.pf").status == 0
    assert run("compile", "schools.pf").status == 0


def test_fmt_rewrites_and_then_leaves_alone(run: Run, folder: Path) -> None:
    path = folder / "m.pf"
    path.write_bytes(b"model m(){\r\n      mu~normal( 0,1 )   # prior\r\n y ~ normal(mu,1)\r\n}")
    path.chmod(0o640)
    assert run("fmt", "--check", "m.pf", "schools.pf").out == "m.pf\n"
    assert path.read_bytes().startswith(b"model m(){\r\n")
    assert run("fmt", "m.pf").status == 0
    assert path.read_bytes() == b"model m() {\n  mu ~ normal(0, 1)  # prior\n  y ~ normal(mu, 1)\n}\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert run("fmt", "--check", "m.pf").status == 0
    assert sorted(p.name for p in folder.iterdir() if p.name != "cache") == ["m.pf", "schools.json", "schools.pf"]


def test_fmt_leaves_what_it_cannot_read(run: Run, folder: Path) -> None:
    (folder / "bad.pf").write_text("model m() { y ~ normal(0 1) }")
    (folder / "loose.pf").write_text("model m() { y~normal(0,1) }")
    found = run("fmt", "bad.pf", "loose.pf", "--json")
    assert found.status == 1 and found.json["changed"] == ["loose.pf"]
    assert (folder / "bad.pf").read_text() == "model m() { y ~ normal(0 1) }"
    assert (folder / "loose.pf").read_text() == "model m() { y ~ normal(0, 1) }\n"


def test_fmt_check_exits_1_and_names_the_files(run: Run, folder: Path) -> None:
    (folder / "loose.pf").write_text("model m() { y~normal(0,1) }")
    found = run("fmt", "--check", "loose.pf", "schools.pf")
    assert (found.status, found.out) == (1, "loose.pf\n")


@pytest.mark.parametrize(
    ("stage", "seen"),
    [
        ("tree", "Program kind='model' name='schools'"),
        ("typed", "var tau: real<lower=0.0, open>"),
        ("core", "site mu: real ~ normal("),
        ("density", "factor"),
        ("jax", "def log_density(sizes, data, values):"),
    ],
)
def test_show_prints_every_stage(run: Run, folder: Path, stage: str, seen: str) -> None:
    found = run("show", "schools.pf", "--stage", stage)
    assert found.status == 0 and seen in found.out
    assert run("show", "schools.pf", "--stage", stage, "--json").json["text"] == found.out


@pytest.mark.parametrize(
    "what", ["log_density_unconstrained", "simulate", "predictive", "generated", "constrain", "factors"]
)
def test_show_prints_what_is_asked_of_a_program(run: Run, folder: Path, what: str) -> None:
    found = run("show", "schools.pf", "--stage", "jax", "--for", what)
    assert found.status == 0 and f"def {what}(" in found.out
    assert "y of schools is taken as observed" in found.err


def test_show_takes_what_is_observed_from_data_or_by_name(run: Run, folder: Path) -> None:
    observing = "OBSERVED = ('y',)"
    assert observing in run("show", "schools.pf", "--stage", "jax", "--data", "schools.json").out
    assert observing in run("show", "schools.pf", "--stage", "jax", "--observe", "y").out
    assert "OBSERVED = ()" in run("show", "schools.pf", "--stage", "jax", "--observe", "").out
    found = run("show", "schools.pf", "--stage", "jax", "--observe", "w")
    assert found.status == 2 and "no variable 'w'; it has mu, tau, z, y" in found.err


def test_show_lists_the_stages_there_are(run: Run, folder: Path) -> None:
    found = run("show", "schools.pf", "--stage", "magic")
    assert found.status == 2 and "vectorise" in found.err


def test_compile_writes_a_module_that_runs(run: Run, folder: Path) -> None:
    import jax
    import numpy as np

    from pushforward.api import load

    assert run("compile", "schools.pf", "-o", "out.py", "--standalone").status == 0
    text = (folder / "out.py").read_text()
    assert not [
        line for line in text.splitlines() if line.split()[:1] in (["from"], ["import"]) and "pushforward" in line
    ]
    module: dict[str, object] = {}
    exec(compile(text, "out.py", "exec"), module)
    with jax.enable_x64(True):
        data = {k: np.asarray(v, float) for k, v in DATA.items() if k != "J"}
        values = {"mu": 1.0, "tau": 2.0, "z": np.linspace(-1, 1, 8)}
        found = module["log_density"](module["sizes_of"](data), data, values)  # type: ignore[operator]
        expected = load("schools.pf").only().with_data(DATA).log_density(values)
    assert float(found) == pytest.approx(float(expected), rel=1e-12)


def test_compile_says_what_is_left_out(run: Run, folder: Path) -> None:
    (folder / "flat.pf").write_text("model m() {\n  mu ~ flat()\n  y ~ normal(mu, 1)\n}\n")
    found = run("compile", "flat.pf", "--json")
    assert found.status == 0 and set(found.json["missing"]) == {"simulate"}
    assert found.json["observed"] == ["y"] and "def log_density(" in found.json["text"]
    assert "without simulate: flat has a density and no draws" in found.err


def test_several_programs_need_a_choice(run: Run, folder: Path) -> None:
    (folder / "two.pf").write_text("model a() { y ~ normal(0, 1) }\nmodel b() { y ~ normal(0, 2) }\n")
    found = run("compile", "two.pf")
    assert found.status == 1 and "PF701" in found.err and "--program: a, b" in found.err
    assert '"""b, compiled' in run("compile", "two.pf", "--program", "b").out


def test_warnings_are_noted_and_shown_by_check(run: Run, folder: Path) -> None:
    (folder / "w.pf").write_text("model m(unused: real) {\n  mu ~ normal(0, 1)\n  y ~ normal(mu, 1)\n}\n")
    checked, compiled = run("check", "w.pf"), run("compile", "w.pf")
    assert checked.status == compiled.status == 0
    assert "warning[PF" in checked.err and "1 warning" in checked.out
    assert "pushforward check w.pf" in compiled.err


def test_explain_prints_pages(run: Run) -> None:
    page = run("explain", "PF201")
    assert page.status == 0 and "This program meets it:" in page.out
    assert run("explain", "pf0201").out == run("explain", "201").out == page.out
    everything = run("explain", "--all").out
    for code in ("PF101", "PF451", "PF491", "PF701", "PF704", "PF709", "PF801", "PF809", "PF900"):
        assert f"{code}: " in everything
    assert json.loads(run("explain", "PF201", "--json").out)["pages"]["PF201"] == page.out


@pytest.mark.parametrize("argv", [["explain", "PF299"], ["explain"], ["explain", "PF201", "--all"]])
def test_explain_of_nothing_is_wrong_usage(run: Run, argv: list[str]) -> None:
    assert run(*argv).status == 2


def test_every_code_that_is_raised_has_a_page() -> None:
    import re

    from pushforward.dsl.errors import catalogue
    from tests.cli.conftest import ROOT

    raised = {
        code
        for room in ("compiler", "runtime", "src/pushforward/api", "src/pushforward/cli", "dsl")
        for path in (ROOT / room).rglob("*.py")
        for code in re.findall(r'"(PF\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert raised <= set(catalogue())
