"""The REPL: transcripts against goldens, completeness of inputs, completion, colours, and a terminal played by a pipe."""

from __future__ import annotations

import io
import signal
import sys
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from pushforward.cli.outcome import outcome
from pushforward.cli.storage import read_program
from pushforward.dsl.source import Source
from pushforward.evaluator.host import Host
from pushforward.evaluator.session import Session
from pushforward.repl.completion import candidates
from pushforward.repl.highlighting import lines, pieces
from pushforward.repl.host import ReplHost
from pushforward.repl.loop import Repl
from pushforward.repl.prompt import Prompt, Words
from pushforward.repl.reading import Stream, complete
from pushforward.repl.registry import commands
from tests.cli.conftest import SCHOOLS, Run

GOLDEN = Path(__file__).parent / "transcripts"
INPUTS = sorted(GOLDEN.glob("*.in"))


class Echo:
    """Inputs from a text, written to the output as they would be seen on a terminal."""

    def __init__(self, text: str, out: io.StringIO) -> None:
        self.stream, self.out = Stream(io.StringIO(text)), out

    def read(self) -> str | None:
        text = self.stream.read()
        if text is not None:
            self.out.write("> " + text.replace("\n", "\n. ") + "\n")
        return text


def repl(out: io.StringIO) -> Repl:
    host = ReplHost(Host(), out, out)
    return Repl(Session(host), host, read_program, lambda error: outcome(error, ("pushforward", "repl")).text)


@pytest.mark.parametrize("path", INPUTS, ids=[p.stem for p in INPUTS])
def test_transcripts(path: Path, folder: Path, bless: bool) -> None:
    """What is typed in NAME.in gives NAME.txt; `--bless` writes it."""
    (folder / "square.pf").write_text("## The square.\nfun square_of(x: real) -> real = x^2\n")
    out = io.StringIO()
    repl(out).loop(Echo(path.read_text(encoding="utf-8"), out))
    kept = path.with_suffix(".txt")
    if bless:
        kept.write_text(out.getvalue(), encoding="utf-8")
    assert out.getvalue() == kept.read_text(encoding="utf-8")


def test_there_are_transcripts_of_every_command() -> None:
    typed = "".join(p.read_text(encoding="utf-8") for p in INPUTS)
    assert [name for name in commands() if f":{name}" not in typed and name != "time"] == []


@pytest.mark.parametrize(
    ("text", "is_complete"),
    [
        ("1 + 1", True),
        ("1 +", False),
        ("let x =", False),
        ("f(1,", False),
        ("model m() {", False),
        ("model m() {\n  x ~ normal(0, 1)\n}", True),
        ("model m() {\n\n", True),
        ("[1, 2", False),
        ("x'", True),
        ("if a then", False),
        ("sample m() by", False),
        ('"{"', True),
        ("# {", True),
        (":type (", True),
        ("", True),
        ("}", True),
    ],
)
def test_an_input_goes_on_while_something_is_open(text: str, is_complete: bool) -> None:
    assert complete(text) is is_complete


def test_completion() -> None:
    session = Session()
    session.run(Source("s", "let data_set = {sigma = [1, 2], size_of = {n = 1}}; let xs = [1]\n" + SCHOOLS))
    assert candidates(session, "data_") == ("data_set",)
    assert candidates(session, "1 + data_set.s") == ("sigma", "size_of")
    assert candidates(session, "data_set.size_of.") == ("n",)
    assert candidates(session, "sch") == ("schools",)
    assert candidates(session, "summ") == ("summary",)
    assert candidates(session, "inv_log") == ("inv_logit",)
    assert candidates(session, "simu") == ("simulate",)
    assert "nuts" in candidates(session, "sample schools(xs) by n")
    assert candidates(session, ":re") == ("reload",)
    assert candidates(session, 'load("da') == ()
    assert candidates(session, "1 + ") == ()


@pytest.mark.parametrize("text", [SCHOOLS, "let x = [1, 2", 'print "a", true # b\n', "κ ~ ?", "", "\n\n", '"open'])
def test_colours_keep_the_text(text: str) -> None:
    assert "".join(piece for _, piece in pieces(text)) == text
    assert "\n".join("".join(piece for _, piece in line) for line in lines(text)) == text


def test_colours_are_those_of_the_lexer() -> None:
    assert [p for p in pieces('let by_name = 1.5 # by\nsample m() by nuts()') if p[0]] == [
        ("keyword", "let"), ("number", "1.5"), ("comment", "# by"), ("keyword", "sample"), ("keyword", "by"),
    ]  # fmt: skip


def test_on_a_terminal(tmp_path: Path) -> None:
    """Keys as they are pressed: an open brace goes on, ctrl-C gives up an input, ctrl-D leaves."""
    out = io.StringIO()
    history = tmp_path / "history"
    here = repl(out)
    with create_pipe_input() as keys:
        prompt = Prompt(here.session, history, keys, DummyOutput())
        keys.send_text("fun f(x: real) -> real {\rlet y = 2 * x\rreturn y\r}\r")
        keys.send_text("abandoned\x03")
        keys.send_text("f(2\r)\r")
        keys.send_text("let longish = 5\rlongish + 1\r")
        keys.send_text("\x04")
        assert here.loop(prompt)
    (found,) = Words(here.session).get_completions(Document("1 + longi"), CompleteEvent())
    assert (found.text, found.start_position) == ("longish", -5)
    assert out.getvalue() == "4\n6\n"
    assert "+longish + 1" in history.read_text()


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_stops_a_statement_and_the_session_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    here = repl(out)
    here.handle("let a = 1")
    monkeypatch.setattr(here.host, "printed", lambda values: signal.raise_signal(signal.SIGINT))
    assert not here.handle("for i in 0..3 { print i }")
    assert out.getvalue() == "stopped\n"
    assert here.handle("a + 1") and out.getvalue() == "stopped\n2\n"


def test_a_bug_of_ours_is_told_and_the_session_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    here = repl(out)
    monkeypatch.setattr(here.host, "printed", lambda values: 1 // 0)
    assert not here.handle("print 1")
    assert "error[PF900]" in out.getvalue() and "Traceback" not in out.getvalue()
    assert here.handle("1 + 1")


def test_from_a_pipe(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("let x = [\n1,\n2]\nsum(x)\n:type schools\n"))
    found = run("repl", "schools.pf")
    assert (found.status, found.err) == (0, "") and found.out.startswith("3\n## Eight schools.\nmodel schools(")
    monkeypatch.setattr(sys, "stdin", io.StringIO("absent\n1 + 1\n"))
    found = run("repl")
    assert found.status == 1 and "PF201" in found.err and found.out == "2\n"
    assert run("repl", "--json").status == 2
