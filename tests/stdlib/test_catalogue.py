"""The catalogue finds what the library declares, and every declaration of the library types."""

from __future__ import annotations

import pytest

from pushforward.dsl import tree
from pushforward.dsl.infer import typed_library
from pushforward.dsl.infer.report import Report
from pushforward.dsl.parse import parse
from pushforward.dsl.source import NOWHERE, Source
from pushforward.stdlib import catalogue as module
from pushforward.stdlib.catalogue import catalogue

ROOT = module.Path(module.__file__).parent


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.pf")), ids=lambda p: p.stem)
def test_the_index_agrees_with_the_parser(path: module.Path) -> None:
    """The declarations found by their headers are those that parsing the whole file gives, documentation included."""
    items = parse(Source(path.name, path.read_text(encoding="utf-8"))).items
    named = [i for i in items if isinstance(i, tree.Function | tree.Distribution | tree.Program | tree.Algorithm)]
    own = [e for e in catalogue().entries() if e.path == path.resolve() or e.path == path]
    found = [catalogue().declaration(e) for e in sorted(own, key=lambda e: e.start)]
    assert found == named
    assert [i.span.start for i in found] == [i.span.start for i in named]


@pytest.mark.parametrize("name", sorted({e.name for e in catalogue().entries("fun")}))
def test_every_function_types(name: str) -> None:
    entries = typed_library(catalogue()).functions(name, Report(), NOWHERE)
    assert len(entries) == len(catalogue().functions(name)) > 0


@pytest.mark.parametrize("name", sorted({e.name for e in catalogue().entries("distribution")}))
def test_every_distribution_types(name: str) -> None:
    entry = typed_library(catalogue()).law(name, Report(), NOWHERE)
    assert entry is not None
    node = catalogue().distribution(name)
    assert node is not None
    members = {m.name for m in node.members}
    typed = {m.name for m in entry.signature.members}
    weak = {f"mvd_{w.parameter}" for w in entry.signature.weak}
    assert typed | weak == members - {"bind", "draw", "pathwise"}
    assert (entry.signature.bind is not None) == ("bind" in members)
    assert (entry.signature.draw is not None) == ("draw" in members)


def test_names_are_for_suggestions() -> None:
    names = catalogue().names()
    assert "normal" in names and "exp" in names and list(names) == sorted(names)
