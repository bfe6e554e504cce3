"""What the documents say is so: programs check, commands print what is shown, links lead somewhere.

`pytest tests/docs --bless` writes what all commands print now into the documents, with the same parts left out. Without
it, commands that may sample a model are not run.
"""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest

import pushforward as pf
from pushforward.cli import main
from pushforward.dsl.format import format_source
from pushforward.dsl.source import Source


def _documents() -> ModuleType:
    spec = importlib.util.spec_from_file_location("documents_of_tests", Path(__file__).with_name("documents.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


docs = _documents()
PATHS = docs.documents()
NAMES = [path.relative_to(docs.ROOT).as_posix() for path in PATHS]


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_programs_are_formatted_and_check_without_a_warning(path: Path) -> None:
    for block in docs.blocks(path.read_text(encoding="utf-8")):
        if block.kind != "pf":
            continue
        assert format_source(Source("block.pf", block.text)) == block.text
        if not (block.file or "").startswith("bad"):
            module = pf.loads(block.text, block.file or "block.pf", allow_extern=True)
            assert module.warnings == () and module.not_yet == (), block.text


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_links_lead_somewhere(path: Path) -> None:
    targets = docs.links(path.read_text(encoding="utf-8"))
    assert [t for t in targets if not (path.parent / t).exists()] == []


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_commands_print_what_is_shown(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bless: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUSHFORWARD_CACHE", "off")
    (tmp_path / "examples").symlink_to(docs.ROOT / "examples")
    text = path.read_text(encoding="utf-8")
    for block in docs.blocks(text):
        if block.file is not None:
            Path(block.file).write_text(block.text, encoding="utf-8")
        if block.kind == "console":
            told = "".join(_compared(command, bless) for command in docs.commands(block))
            text = text.replace(block.text, told) if bless else text
    if bless:
        path.write_text(text, encoding="utf-8")


def _compared(command: docs.Command, bless: bool) -> str:
    """The command with what it prints, or what is shown if that is not compared; fails where they differ."""
    shown = command.shown
    if bless or command.verb in docs.QUICK:
        printed = _printed(command)
        shown = docs.renewed(shown, printed) if bless else shown
        assert docs.agrees(shown, printed), f"{' '.join(command.words)} prints\n" + "\n".join(printed)
    return "".join(f"{line}\n" for line in (f"$ {' '.join(command.words)}", *shown))


def _printed(command: docs.Command) -> tuple[str, ...]:
    """What a command prints, on both streams."""
    if command.words[0] == "python":
        told = subprocess.run([sys.executable, *command.words[1:]], capture_output=True, text=True, check=True)
        return tuple(told.stdout.splitlines())
    words = list(command.words[1:])
    both, typed = io.StringIO(), ""
    if "<" in words:
        *words, _, name = words
        typed = Path(name).read_text(encoding="utf-8")
    with redirect_stdout(both), redirect_stderr(both), mock.patch("sys.stdin", io.StringIO(typed)):
        main(words)
    return tuple(both.getvalue().splitlines())


@pytest.mark.parametrize("mark", ["main", "test"])
def test_the_readme_has_its_two_commands(mark: str) -> None:
    text = (docs.ROOT / "README.md").read_text(encoding="utf-8")
    after = text.split(f"<!-- {mark} -->\n")[1]
    (command,) = docs.blocks(after)[0].text.splitlines()
    assert command.startswith("python3 -m venv .venv && ")


def test_lines_left_out_are_allowed_and_others_are_not() -> None:
    printed = ("one", "two", "three", "")
    assert docs.agrees(("one", "[...]", "three"), printed)
    assert docs.agrees(("[...]",), printed)
    assert not docs.agrees(("one", "three"), printed)
    assert not docs.agrees(("one", "...", "three"), printed)
    assert not docs.agrees(("one", "[...]", "four"), printed)


def test_what_is_shown_is_renewed_with_the_same_parts_left_out() -> None:
    printed = ("note", "def f():", "    return 2", "")
    assert docs.renewed(("[...]", "def f():", "    return 1"), printed) == ("[...]", "def f():", "    return 2")
    assert docs.renewed(("old",), printed) == printed[:3]
    table = ("  mean", "a 2", "b 2", "c 2", "note: 7")
    assert docs.renewed((" mean", "a 1", "[...]", "c 1", "note: 5"), table) == (*table[:2], "[...]", *table[3:])


def test_blocks_commands_and_links_are_found() -> None:
    text = "<!-- file: a.pf -->\n```pf\nx\n```\n\n```console\n$ pf check a.pf\nok\n$ ls\n```\n[b](c.md#d) [e](https://f)\n"
    program, console = docs.blocks(text)
    assert (program.kind, program.file, program.text) == ("pf", "a.pf", "x\n")
    first, second = docs.commands(console)
    assert (first.verb, first.words, first.shown) == ("check", ("pf", "check", "a.pf"), ("ok",))
    assert (second.verb, second.shown) == ("", ())
    assert docs.links(text) == ["c.md"]
