"""Laying text out within a width: Wadler, "A prettier printer" (2003), in the strict form of Lindig, "Strictly
pretty" (2000).

A document is text, a sequence, a place where the line may break (`Line`) or must (`HARD`), an indentation of what
is inside it (`Nest`), or a `Group`, which is laid out on one line where that fits and broken at each of its own
lines where it does not. A group fits when the text up to the next certain line break does, so a block at the end
of a call does not break the call.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Line:
    """A place to break; `flat` stands there when the line is not broken."""

    flat: str = " "


@dataclass(frozen=True)
class Hard:
    """A line break in any case. `blank` leaves an empty line."""

    blank: bool = False


@dataclass(frozen=True)
class Nest:
    """The lines broken inside begin `indent` further to the right."""

    indent: int
    doc: Doc


@dataclass(frozen=True)
class Fresh:
    """Laid out as if nothing stood around it: the inside of braces does not care whether their group was broken."""

    doc: Doc


@dataclass(frozen=True)
class Group:
    """All on one line, or broken at each of its own lines."""

    doc: Doc


Doc: TypeAlias = "str | tuple[Doc, ...] | Line | Hard | Nest | Fresh | Group"

HARD = Hard()
SOFT = Line("")


def join(separator: Doc, docs: Iterable[Doc]) -> tuple[Doc, ...]:
    """The documents with a separator between each two."""
    joined: list[Doc] = []
    for doc in docs:
        if joined:
            joined.append(separator)
        joined.append(doc)
    return tuple(joined)


def layout(doc: Doc, width: int) -> str:
    """The text, with no line longer than `width` that could have been broken, and no spaces at the ends of lines."""
    out: list[str] = []
    column = 0
    todo: list[tuple[int, bool, Doc]] = [(0, False, doc)]
    while todo:
        indent, flat, this = todo.pop()
        match this:
            case str():
                out.append(this)
                column += len(this)
            case tuple():
                todo += [(indent, flat, part) for part in reversed(this)]
            case Nest(more, inner):
                todo.append((indent + more, flat, inner))
            case Fresh(inner):
                todo.append((indent, False, inner))
            case Group(inner):
                todo.append((indent, flat or _fits(inner, indent, todo, width - column), inner))
            case Line(text) if flat:
                out.append(text)
                column += len(text)
            case Line():
                out.append("\n" + " " * indent)
                column = indent
            case Hard(blank):
                out.append(("\n\n" if blank else "\n") + " " * indent)
                column = indent
    return "\n".join(line.rstrip() for line in "".join(out).split("\n"))


def _fits(doc: Doc, indent: int, rest: list[tuple[int, bool, Doc]], room: int) -> bool:
    """Whether `doc`, flat, and what follows it up to the next line break, fit into `room`."""
    todo: list[tuple[bool, Doc]] = [(True, doc)]
    following = len(rest)
    while room >= 0:
        if not todo:
            if following == 0:
                return True
            following -= 1
            todo.append((rest[following][1], rest[following][2]))
        flat, this = todo.pop()
        match this:
            case str():
                room -= len(this)
            case tuple():
                todo += [(flat, part) for part in reversed(this)]
            case Nest(_, inner) | Fresh(inner) | Group(inner):
                todo.append((flat, inner))
            case Line(text) if flat:
                room -= len(text)
            case Line() | Hard():
                return True
    return False
