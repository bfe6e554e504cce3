"""Every stage of every golden program, a small file each: the listing of a folder is a tour of the compiler.

    program.pf  data.json  01-tree.txt  02-typed.txt  03-core.txt  04-condition.txt ... 15-hoist.txt  16-emitted.py

The stages after the third are the passes towards `log_density_unconstrained`, in their order; a pass that changes
nothing has no file. `pytest tests/golden --bless` writes the files; the difference is read in review.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pushforward.api import load
from pushforward.cli.show import show_tree
from pushforward.compiler.core import ir
from pushforward.compiler.core.show import show
from pushforward.compiler.pipeline import PIPELINES, Request, compile_to_core
from pushforward.dsl.parse import parse
from pushforward.dsl.show_typed import show_program
from pushforward.dsl.source import Source

HERE = Path(__file__).parent
#: Those in `solved` have holes, whose bodies are shown and not read back.
PROGRAMS = tuple(sorted(path.parent for pattern in ("*/program.pf", "solved/*/program.pf") for path in HERE.glob(pattern)))


def kept(path: Path, text: str, bless: bool) -> str:
    """The text that is kept in a file, or with `bless` the new one, which is written there."""
    if bless and (not path.exists() or path.read_text(encoding="utf-8") != text):
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def stages(folder: Path) -> Iterator[tuple[str, str]]:
    """The name of each file and its text."""
    text = (folder / "program.pf").read_text(encoding="utf-8")
    items = parse(Source("program.pf", text)).items
    yield "01-tree.txt", "\n".join(line for item in items for line in show_tree(item)) + "\n"
    model = load(folder / "program.pf").only()
    yield "02-typed.txt", show_program(model.program).rstrip("\n") + "\n"
    compiled = model.compiled()
    seen: list[tuple[str, str]] = []

    def on_stage(name: str, program: ir.Program) -> None:
        shown = show(program)
        if not seen or shown != seen[-1][1]:
            seen.append((f"{3 + len(seen):02d}-{name}.txt", shown))

    compile_to_core(model.program, "log_density_unconstrained", Request(compiled.observed), on_stage)
    yield from seen
    yield f"{3 + len(seen):02d}-emitted.py", compiled.text(tuple(PIPELINES))[0].text


@pytest.mark.parametrize("folder", PROGRAMS, ids=lambda p: p.name)
def test_every_stage(folder: Path, bless: bool) -> None:
    found = dict(stages(folder))
    for name, text in found.items():
        assert text == kept(folder / name, text, bless), name
    others = {p.name for p in folder.iterdir()} - found.keys() - {"program.pf", "data.json"}
    if bless:
        for name in others:
            (folder / name).unlink()
    assert bless or not others, "files of stages that are no more"


def test_the_golden_programs_show_every_pass() -> None:
    """Each pass towards the density changes at least one of them."""
    changed = {p.stem.partition("-")[2] for folder in PROGRAMS for p in folder.glob("*-*.txt")}
    passes = {step.name for step in PIPELINES["log_density_unconstrained"]} - {"covered"}
    assert passes <= changed, passes - changed
