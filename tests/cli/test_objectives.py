"""Objectives of a script from the shell and in the REPL: checked, shown and compiled without running it; foreign code."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

import pushforward as pf
from pushforward.dsl.diagnostic import ProgramError
from tests.cli.conftest import Run

FIT = """model m(s: positive[J]) {
  mu ~ normal(0, 5)
  y ~ normal(mu, s)
}
model g() {
  param a: real = 0
  mu ~ normal(a, 1)
}
let d = load("d.json")
let p = m(d.s) | {y = d.y}
let fit = maximize elbo(p, g()) by adam(0.1, steps=20)
"""
LATE = "let again = maximize elbo(m([1.0 for i in 0..fit.steps]) | {y = d.y}, g()) by adam(0.1)\n"

FOREIGN = (
    'fun f(x: real) -> real = extern "math:sin"\n'
    "distribution nu(m: real) on real {\n  bind numpyro.Normal(loc=m, scale=1.0)\n}\n"
    "model m() {\n  x ~ normal(0, 1)\n  y ~ nu(x)\n}\n"
)


@pytest.fixture(autouse=True)
def data(folder: Path) -> None:
    """A script and its data."""
    (folder / "d.json").write_text(json.dumps({"s": [1, 2, 3], "y": [0.5, 1, 1.5]}))
    (folder / "f.pf").write_text(FIT)


def test_check_sees_mistakes_that_need_the_data(run: Run, folder: Path) -> None:
    assert run("check", "f.pf").out == "f.pf: ok (m, g)\n"
    (folder / "f.pf").write_text(FIT.replace("y = d.y", "y = [1, 2]"))
    found = run("check", "f.pf")
    assert found.status == 1 and "PF807" in found.err and "f.pf:11:20" in found.err


def test_a_data_file_that_is_not_there_is_a_warning(run: Run, folder: Path) -> None:
    (folder / "d.json").unlink()
    found = run("check", "f.pf")
    assert found.status == 0 and "warning[PF732]: there is no file d.json" in found.err and "f.pf:9:14" in found.err
    assert run("run", "f.pf").status == 1


def test_the_jax_of_an_objective_is_that_of_python(run: Run, folder: Path) -> None:
    shown = run("show", "f.pf", "--stage", "jax")
    module = pf.load("f.pf")
    bound = pf.library.elbo(module.m(s=[1, 2, 3]).condition(y=[0.5, 1, 1.5]), module.g())
    assert shown.status == 0 and shown.out.rstrip() == bound.emitted.text.rstrip()
    assert run("compile", "f.pf", "--program", "elbo", "-o", "elbo.py").status == 0
    assert (folder / "elbo.py").read_text().rstrip() == shown.out.rstrip()


@pytest.mark.parametrize(
    ("stage", "expected"),
    [("core", "site mu: real ~ normal(a, 1.0)"), ("choose", "by reparam"), ("expanded", "return logp {"),
     ("typed", "objective elbo"), ("gradient", "mu by @ reparam")],
)  # fmt: skip
def test_every_stage_of_an_objective(run: Run, folder: Path, stage: str, expected: str) -> None:
    assert expected in run("show", "f.pf", "--stage", stage).out
    assert expected in run("show", "f.pf", "--stage", stage, "--program", "elbo").out


def test_a_stage_that_there_is_not(run: Run, folder: Path) -> None:
    found = run("show", "f.pf", "--stage", "condition")
    assert found.status == 2 and "there is no stage 'condition' for estimate" in found.err


def test_a_model_beside_a_fit_is_shown_by_its_name(run: Run, folder: Path) -> None:
    assert run("show", "f.pf", "--stage", "typed", "--program", "m").out.startswith("model m(")
    assert "def log_density" in run("show", "f.pf", "--stage", "jax", "--for", "log_density", "--program", "m").out


def test_what_only_a_run_sees_is_said(run: Run, folder: Path) -> None:
    (folder / "f.pf").write_text(FIT + LATE + "let third = minimize elbo(again, g())\n")
    found = run("show", "f.pf", "--stage", "gradient")
    assert found.status == 0 and "is seen only by `run`" in found.err
    assert "maximize elbo (f.pf:11)" in found.out


def test_several_objectives_of_one_name_are_told_by_their_lines(run: Run, folder: Path) -> None:
    (folder / "f.pf").write_text(FIT + "let other = maximize elbo(p, g()) by sgd(0.1)\n")
    assert run("show", "f.pf", "--stage", "jax").out.count("# maximize elbo (f.pf:1") == 2
    found = run("compile", "f.pf", "--program", "elbo")
    assert found.status == 2 and "f.pf:11" in found.err and "f.pf:12" in found.err


def test_the_repl_shows_objectives_and_fits(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = ":load f.pf\nlet o = elbo(p, g())\n:jax o\n:show o\n:show fit gradient\n:show elbo(p, g()) core\n:jax fit\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(session))
    found = run("repl")
    assert found.status == 0, found.err
    assert found.out.count("def estimate(sizes, data, params, key):") == 2
    for part in ("objective elbo(s: positive[J]", "mu by @ reparam", "program elbo(J;"):
        assert part in found.out


@pytest.mark.parametrize("command", [["run"], ["sample"], ["predict", "--prior"], ["fit"]])
def test_foreign_code_needs_permission(run: Run, folder: Path, command: list[str]) -> None:
    (folder / "x.pf").write_text(FOREIGN)
    verb, *options = command
    found = run(verb, "x.pf", *options)
    assert found.status == 1
    assert "error[PF711]: `f` runs Python" in found.err and "error[PF711]: `nu` runs Python" in found.err
    assert "--allow-extern" in found.err


def test_foreign_code_is_read_without_permission_and_run_with_it(run: Run, folder: Path) -> None:
    (folder / "x.pf").write_text(FOREIGN + "print (simulate m()).y < 100\n")
    assert run("check", "x.pf").status == 0
    assert run("show", "x.pf", "--stage", "typed", "--program", "m").status == 0
    found = run("run", "x.pf", "--allow-extern")
    assert (found.status, found.out) == (0, "true\n"), found.err
    with pytest.raises(ProgramError) as caught:
        pf.load("x.pf")
    assert {d.code for d in caught.value.diagnostics} == {"PF711"}
    assert pf.load("x.pf", allow_extern=True).m.name == "m"


def test_a_solver_of_a_file_is_python_that_must_be_allowed(run: Run, folder: Path) -> None:
    (folder / "x.pf").write_text(
        "solver mine(tol: positive = 1e-8) for argmin = extern pushforward.runtime.solvers.newton.Newton\n\n"
        "problem p() {\n  param x: real\n  minimize (x - 2)^2 by mine()\n}\n"
    )
    refused = run("solve", "x.pf")
    assert refused.status == 1 and "error[PF711]: `mine` runs Python" in refused.err
    found = run("solve", "x.pf", "--allow-extern")
    assert found.status == 0 and "x = 2." in found.out, found.err
