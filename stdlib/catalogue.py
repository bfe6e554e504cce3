"""The catalogue: what the standard library declares, and where; a declaration is parsed when it is first asked for.

The files are not parsed to find their declarations: a line that begins with `fun`, `distribution` or the kind of a
program, at the margin, is a header, and its declaration reaches to the documentation of the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, cast

from pushforward.dsl import tree
from pushforward.dsl.parse import parse
from pushforward.dsl.source import Source

Kind: TypeAlias = Literal[
    "fun", "distribution", "model", "objective", "problem", "process", "solver", "rule", "linear_solver"
]

_ALGORITHMS: tuple[Kind, ...] = ("solver", "rule", "linear_solver")

_KINDS = (*_ALGORITHMS, "fun", "distribution", "model", "objective", "problem", "process")
_HEADER = re.compile(rf"^(?:(?:elementwise|kinked|step)\s+)*({'|'.join(_KINDS)})\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """Where a declaration stands: its file and the lines it takes, its documentation included."""

    kind: Kind
    name: str
    path: Path
    start: int
    end: int


class Catalogue:
    """The declarations of the `.pf` files below a folder, by name."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._sources: dict[Path, Source] = {}
        self._entries: dict[str, list[Entry]] = {}
        self._parsed: dict[Entry, tree.Item] = {}
        for path in sorted(root.rglob("*.pf")):
            for entry in self._index(path):
                self._entries.setdefault(entry.name, []).append(entry)

    def _index(self, path: Path) -> Iterator[Entry]:
        text = path.read_text(encoding="utf-8")
        self._sources[path] = Source(f"<library>/{path.relative_to(self._root).as_posix()}", text)
        headers = list(_HEADER.finditer(text))
        starts = [_documented_from(text, header.start()) for header in headers]
        for header, start, end in zip(headers, starts, [*starts[1:], len(text)], strict=True):
            yield Entry(cast(Kind, header[1]), header[2], path, start, end)

    def entries(self, *kinds: Kind) -> tuple[Entry, ...]:
        """All declarations, or those of some kinds, by name."""
        found = (e for name in sorted(self._entries) for e in self._entries[name])
        return tuple(e for e in found if not kinds or e.kind in kinds)

    def names(self) -> tuple[str, ...]:
        """The names of all functions and distributions."""
        called = ("fun", "distribution")
        return tuple(n for n in sorted(self._entries) if any(e.kind in called for e in self._entries[n]))

    def declaration(self, entry: Entry) -> tree.Item:
        """The tree of a declaration; its spans are places in the whole file."""
        if entry not in self._parsed:
            source = self._sources[entry.path]
            # What stands before is blanked, not cut, so that offsets and lines stay those of the file.
            blank = re.sub(r"[^\n]", " ", source.text[: entry.start])
            file = parse(Source(source.name, blank + source.text[entry.start : entry.end]))
            (self._parsed[entry],) = file.items
        return self._parsed[entry]

    def functions(self, name: str) -> tuple[tree.Function, ...]:
        """The declarations of a function, in the order in which they are tried."""
        found = (self.declaration(e) for e in self._entries.get(name, ()) if e.kind == "fun")
        return tuple(f for f in found if isinstance(f, tree.Function))

    def programs(self) -> tuple[tree.Program, ...]:
        """The models, processes and objectives, by name."""
        entries = (e for e in self.entries("model", "process", "objective") if not _is_sampler(e))
        found = (self.declaration(e) for e in entries)
        return tuple(p for p in found if isinstance(p, tree.Program))

    def samplers(self) -> tuple[tree.Program, ...]:
        """The samplers, by name: models that say a step of a chain. Names of other programs may be the same."""
        found = (self.declaration(e) for e in self.entries("model") if _is_sampler(e))
        return tuple(p for p in found if isinstance(p, tree.Program))

    def program(self, name: str) -> tree.Program | None:
        """The objective, model or process of this name."""
        kinds = ("model", "objective", "process")
        entries = (e for e in self._entries.get(name, ()) if e.kind in kinds and not _is_sampler(e))
        return next((p for e in entries if isinstance(p := self.declaration(e), tree.Program)), None)

    def algorithm(self, name: str) -> tree.Algorithm | None:
        """The solver, rule or linear solver of this name."""
        found = (self.declaration(e) for e in self._entries.get(name, ()) if e.kind in _ALGORITHMS)
        return next((a for a in found if isinstance(a, tree.Algorithm)), None)

    def algorithms(self) -> tuple[tree.Algorithm, ...]:
        """All of them, by name."""
        found = (self.algorithm(e.name) for e in self.entries(*_ALGORITHMS))
        return tuple(a for a in found if a is not None)

    def distribution(self, name: str) -> tree.Distribution | None:
        """The distribution of this name."""
        found = (self.declaration(e) for e in self._entries.get(name, ()) if e.kind == "distribution")
        return next((d for d in found if isinstance(d, tree.Distribution)), None)


def _is_sampler(entry: Entry) -> bool:
    return entry.path.parent.name == "samplers"


def _documented_from(text: str, header: int) -> int:
    """Where the `##` lines that end just before a header begin."""
    start = header
    while start and text.startswith("##", before := text.rfind("\n", 0, start - 1) + 1):
        start = before
    return start


@cache
def catalogue() -> Catalogue:
    """The catalogue of the standard library."""
    return Catalogue(Path(__file__).parent)
