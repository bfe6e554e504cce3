"""Golden typed trees: what each program of the folder means, as text; and none of them deserves a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from pushforward.dsl.infer import Inferred, infer
from pushforward.dsl.parse import parse
from pushforward.dsl.show_typed import show_typed
from pushforward.dsl.source import Source
from pushforward.stdlib.catalogue import catalogue

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.pf"))


def inferred(path: Path) -> Inferred:
    return infer(parse(Source(path.name, path.read_text(encoding="utf-8"))), catalogue())


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_typed_tree(path: Path, bless: bool) -> None:
    text = show_typed(inferred(path).typed)
    golden = path.with_suffix(".txt")
    if bless:
        golden.write_text(text, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_good_programs_do_not_warn(path: Path) -> None:
    found = inferred(path)
    assert found.warnings == ()
    assert found.not_yet == ()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_names_are_unique(path: Path) -> None:
    """No name is bound twice in a typed program: the words after `let`, `for`, `container` and `var` differ."""
    for program in inferred(path).typed.programs:
        words = [line.split() for line in show_typed_lines(path, program.name)]
        bound = [w[1].rstrip(":") for w in words if w and w[0] in ("let", "for", "container", "var")]
        assert len(bound) == len(set(bound))


def show_typed_lines(path: Path, name: str) -> list[str]:
    from pushforward.dsl.show_typed import show_program

    found = inferred(path).typed.program(name)
    assert found is not None
    return show_program(found).splitlines()
