"""Every stage of objectives, a small file each.

    program.pf  01-expanded.pf  02-typed.txt  03-core.txt  04-parameters.txt ... 20-emitted.py  gradient.txt

The stages after the third are the passes towards `estimate`, in their order; a pass that changes nothing has no file.
`gradient.txt` is what `pushforward show --stage gradient` prints. `pytest tests/golden --bless` writes the files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pushforward.api.objective import BoundObjective
from pushforward.compiler.core import ir
from pushforward.compiler.core.read import read
from pushforward.compiler.core.show import show
from pushforward.compiler.pipeline import OBJECTIVES, Request, compile_to_core
from pushforward.dsl.infer import infer, typed_library
from pushforward.dsl.infer.report import Report
from pushforward.dsl.parse import parse
from pushforward.dsl.show_typed import show_program
from pushforward.dsl.source import NOWHERE, Source
from pushforward.dsl.typed import DistributionSignature
from pushforward.dsl.unparse import unparse
from pushforward.evaluator.rehearsal import rehearse
from pushforward.stdlib.catalogue import catalogue
from tests.golden.test_golden import kept

HERE = Path(__file__).parent / "objectives"


class Library:
    """What the texts mention: the distributions of the standard library. Operations are told by the texts themselves."""

    def distribution(self, name: str) -> DistributionSignature:
        found = typed_library(catalogue()).law(name, Report(), NOWHERE)
        assert found is not None
        return found.signature

    def op(self, name: str) -> ir.Op:
        raise KeyError(name)


PROGRAMS = tuple(sorted(path.parent for path in HERE.glob("*/program.pf")))


def objective(folder: Path) -> BoundObjective:
    """The objective that the program of a folder optimises."""
    file = parse(Source("program.pf", (folder / "program.pf").read_text(encoding="utf-8")))
    rehearsal = rehearse(file, infer(file, catalogue()))
    assert not rehearsal.found
    (found,) = rehearsal.optimised
    return found.bound


def cores(found: BoundObjective) -> tuple[tuple[str, ir.Program], ...]:
    """The core after every pass, with the name of the pass."""
    seen: list[tuple[str, ir.Program]] = []
    compile_to_core(found.program, "estimate", Request(frozenset()), lambda *stage: seen.append(stage))
    return tuple(seen)


def stages(folder: Path) -> Iterator[tuple[str, str]]:
    """The name of each file and its text."""
    found = objective(folder)
    yield "01-expanded.pf", unparse(found.expanded.instance.program)
    yield "02-typed.txt", show_program(found.program).rstrip("\n") + "\n"
    number, before = 3, ""
    for name, core in cores(found):
        if (text := show(core)) != before:
            yield f"{number:02d}-{name}.txt", text
            number, before = number + 1, text
    yield f"{number:02d}-emitted.py", found.expanded.emitted.text
    yield "gradient.txt", found.gradient_program()


@pytest.mark.parametrize("folder", PROGRAMS, ids=lambda p: p.name)
def test_every_stage(folder: Path, bless: bool) -> None:
    found = dict(stages(folder))
    for name, text in found.items():
        assert text == kept(folder / name, text, bless), name
    others = {p.name for p in folder.iterdir()} - found.keys() - {"program.pf"}
    if bless:
        for name in others:
            (folder / name).unlink()
    assert bless or not others, "files of stages that are no more"


@pytest.mark.parametrize("folder", PROGRAMS, ids=lambda p: p.name)
def test_what_is_shown_can_be_read(folder: Path) -> None:
    """Totals, points, choices and parameters too: read(show(p)) == p."""
    for name, core in cores(objective(folder)):
        assert read(show(core), Library()) == core, name


def test_the_golden_objectives_show_every_pass() -> None:
    """Each pass that only estimates have changes at least one of them."""
    changed = {p.stem.partition("-")[2] for folder in PROGRAMS for p in folder.glob("*-*.txt")}
    own = {"parameters", "choose", "density", "choices", "totals", "distribute", "weigh", "spread", "vectorise"}
    assert own <= {step.name for step in OBJECTIVES["estimate"]}
    assert own <= changed, own - changed
