"""Exit statuses, and what is written where when something is wrong."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import pushforward.cli.check
from pushforward.cli import parser, verbs
from pushforward.cli.outcome import outcome
from pushforward.cli.verb import Verb
from pushforward.compiler.errors import InternalError
from tests.cli.conftest import ROOT, Run


@pytest.mark.parametrize("verb", verbs().values(), ids=list(verbs()))
def test_help_shows_an_example_of_files_that_exist(run: Run, verb: Verb) -> None:
    found = run(verb.name, "--help")
    assert found.status == 0 and verb.example in found.out
    program, *words = shlex.split(verb.example)
    assert program == "pushforward" and words[0] == verb.name
    assert parser().parse_args(words)
    for word in words:
        if word.startswith("examples/"):
            assert (ROOT / word).exists()


def test_the_version(run: Run) -> None:
    from pushforward import __version__

    assert (run("--version").status, run("--version").out) == (0, f"pushforward {__version__}\n")


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["nonsense"],
        ["check"],
        ["sample", "schools.pf", "--chains", "0"],
        ["sample", "schools.pf", "--draws", "many"],
        ["sample", "schools.pf", "--target-accept", "1"],
        ["sample", "schools.pf", "--max-treedepth", "21"],
        ["sample", "schools.pf", "--seed", "-1"],
        ["sample", "schools.pf", "--resume"],
        ["predict", "schools.pf", "--prior", "--posterior", "x.nc"],
    ],
)
def test_wrong_usage_exits_2_with_one_object_in_json(run: Run, folder: Path, argv: list[str]) -> None:
    plain = run(*argv)
    assert plain.status == 2 and plain.out == "" and "error: " in plain.err
    told = run(*argv, "--json")
    assert told.status == 2 and told.json["error"] and told.json["diagnostics"] == []


def test_every_problem_of_the_data_is_told_at_once(run: Run, folder: Path) -> None:
    (folder / "bad.json").write_text(json.dumps({"sigma": [1.0, -2.0], "y": [3.0, 1.0, 2.0], "other": 3}))
    found = run("sample", "schools.pf", "--data", "bad.json", "--json")
    assert found.status == 1
    assert {d["code"] for d in found.json["diagnostics"]} == {"PF804", "PF807"}
    assert "error[PF804]" in found.err and "error[PF807]" in found.err and "explain PF804" in found.err


def test_data_that_are_not_there(run: Run, folder: Path) -> None:
    found = run("sample", "schools.pf", "--data", "absent.json", "--json")
    assert found.status == 1 and [d["code"] for d in found.json["diagnostics"]] == ["PF808"]
    found = run("sample", "schools.pf", "--json")
    assert found.status == 1 and {d["code"] for d in found.json["diagnostics"]} == {"PF801"}


def test_a_result_that_could_not_be_written_is_told_before_the_run(run: Run, folder: Path) -> None:
    found = run("sample", "schools.pf", "--data", "schools.json", "-o", "nowhere/out.nc", "--json")
    assert found.status == 1 and found.json["diagnostics"][0]["code"] == "PF707"
    assert run("compile", "schools.pf", "-o", folder / "cache" / "nowhere" / "m.py").status == 1


def test_what_cannot_be_sampled_yet_exits_2(run: Run, folder: Path) -> None:
    (folder / "z.pf").write_text("model m(p: unit) {\n  z ~ bernoulli(p)\n  y ~ normal(z, 1)\n}\n")
    (folder / "z.json").write_text('{"p": 0.5, "y": 1.0}')
    found = run("sample", "z.pf", "--data", "z.json", "--json", "--no-cache")
    assert found.status == 2
    (diagnostic,) = found.json["diagnostics"]
    assert diagnostic["code"] == "PF491" and diagnostic["line"] == 2


@pytest.mark.parametrize(
    ("error", "place"),
    [(InternalError("fold", "lost a variable"), "in the pass `fold`"), (ZeroDivisionError("oh"), "pushforward.cli")],
)
def test_a_bug_of_ours_exits_70_and_keeps_the_traceback(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, place: str
) -> None:
    def broken(path: str) -> pushforward.cli.check.Checked:
        raise error

    monkeypatch.setattr(pushforward.cli.check, "check", broken)
    found = run("check", "schools.pf", "--json")
    assert found.status == 70 and place in found.json["error"]
    assert "pushforward check schools.pf --json" in found.err and "Python 3" in found.err
    (kept,) = (folder / "cache").glob("bug-*.txt")
    assert str(kept) in found.err
    assert "Traceback (most recent call last)" in kept.read_text()


def test_a_mistake_of_the_library_is_our_bug() -> None:
    from pushforward.dsl.diagnostic import ProgramError
    from pushforward.dsl.errors.internal import LibraryMistake
    from pushforward.dsl.source import NOWHERE

    error = ProgramError(LibraryMistake.diagnostic(NOWHERE, "", name="normal"))
    assert outcome(error, ["pushforward"]).status == 70


def test_ctrl_c_anywhere_is_130(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(path: str) -> pushforward.cli.check.Checked:
        raise KeyboardInterrupt

    monkeypatch.setattr(pushforward.cli.check, "check", stopped)
    found = run("check", "schools.pf", "--json")
    assert found.status == 130 and found.json["error"] == "stopped"


def test_a_closed_pipe_is_quiet(folder: Path, environment: dict[str, str], command: list[str]) -> None:
    line = f"{shlex.join([*command, 'explain', '--all'])} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "141"


def test_colours_only_where_they_are_welcome(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from pushforward.cli.terminal import coloured

    looks_like_a_terminal: Callable[[], bool] = lambda: True  # noqa: E731
    monkeypatch.setattr(sys.stderr, "isatty", looks_like_a_terminal)
    monkeypatch.setenv("TERM", "xterm")
    assert not coloured(sys.stderr)  # the folder sets NO_COLOR
    monkeypatch.delenv("NO_COLOR")
    assert coloured(sys.stderr)
    monkeypatch.setenv("TERM", "dumb")
    assert not coloured(sys.stderr)


def test_doctor_finds_everything_in_order(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSHFORWARD_CACHE", "off")
    found = run("doctor", "--json")
    assert found.status == 0 and found.json["ok"]
    assert {"jax", "numpyro", "lark", "cache", "devices", "float64", "self test"} <= {
        f["name"] for f in found.json["findings"]
    }
