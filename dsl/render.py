"""A diagnostic as text for people and as a dictionary for machines.

    error[PF501]: this draw cannot be reparameterised
     --> arrivals.pf:3:23
      |
    3 |   k ~ poisson(rate) @ reparam
      |       ------------- poisson is discrete: its draws are whole numbers
      |                       ^^^^^^^ a pathwise gradient needs a smooth draw
      |
      = note: strategies that accept this draw: score, mvd, loo
      = help: write `@ score(baseline=ema)`
      = more: pushforward explain PF501

The primary label is underlined with `^`, the others with `-`, each on a row of its own. A label over several lines
underlines the first and the last of them. Columns are those of a terminal: a tab ends at the next multiple of four, and
wide letters take two cells.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pushforward.dsl.diagnostic import Diagnostic, Label, Severity
from pushforward.dsl.source import NOWHERE, Source, Span

_TAB = 4
_WIDEST = 160  # a line beyond this many cells is shown around its labels only

_COLOURS: dict[Severity, str] = {"error": "1;31", "warning": "1;33", "not yet": "1;35", "note": "1;36"}
_QUIET, _BOLD, _HELP = "1;34", "1", "1;32"


@dataclass(frozen=True)
class _Row:
    """One underlining: cells `start..end` of the line `number`, and the text after it."""

    number: int
    start: int
    end: int
    text: str
    primary: bool


def render(diagnostic: Diagnostic, colour: bool = False) -> str:
    """The text of one diagnostic, without a line break at its end. `colour` adds ANSI colours."""
    main = _COLOURS[diagnostic.severity]
    paint = _paint if colour else _plain
    labels = (diagnostic.primary, *diagnostic.secondary)
    placed = [label for label in labels if label.span.source is not NOWHERE.source]
    width = max((len(str(_last_line(label.span))) for label in placed), default=1)
    bar = paint(" " * width + " |", _QUIET)
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    lines = [paint(head, main) + paint(f": {_clean(diagnostic.title)}", _BOLD)]
    for i, source in enumerate(_sources(placed)):
        here = [label for label in placed if label.span.source is source]
        arrow = "-->" if i == 0 else ":::"
        lines += [paint(" " * width + arrow, _QUIET) + f" {_clean(str(here[0].span))}", bar]
        lines += _snippet(source, here, diagnostic.primary, width, main if colour else "")
    loose = [label.text for label in labels if label not in placed and label.text]
    facts = [("note", text, _BOLD) for text in (*loose, *diagnostic.notes)]
    facts += [("help", text, _HELP) for text in diagnostic.helps]
    facts += [("more", f"pushforward explain {diagnostic.code}", _BOLD)]
    if placed:
        lines.append(bar)
    for word, text, tint in facts:
        first, *rest = _clean(text).split("\n")
        lines.append(paint(" " * width + " = ", _QUIET) + paint(f"{word}:", tint) + f" {first}")
        lines += [" " * (width + 9) + line for line in rest]
    return "\n".join(lines)


def render_all(diagnostics: Iterable[Diagnostic], colour: bool = False) -> str:
    """The texts of several diagnostics in the order of the file, with an empty line between them."""
    return "\n\n".join(render(diagnostic, colour) for diagnostic in in_order(diagnostics))


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file, then by place, then by code."""
    return sorted(diagnostics, key=lambda d: (d.primary.span.source.name, d.primary.span.start, d.code))


def to_json(diagnostic: Diagnostic) -> dict[str, object]:
    """For machines: lines and columns are counted from 1, the end is just after the last character."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "title": diagnostic.title,
        **_place(diagnostic.primary.span),
        "labels": [
            {"text": label.text, "primary": i == 0, **_place(label.span)}
            for i, label in enumerate((diagnostic.primary, *diagnostic.secondary))
        ],
        "notes": list(diagnostic.notes),
        "helps": list(diagnostic.helps),
    }


def _place(span: Span) -> dict[str, object]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {"file": span.source.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column}


def _sources(labels: list[Label]) -> list[Source]:
    """Each source once, the one of the primary label first."""
    found: list[Source] = []
    for label in labels:
        if not any(label.span.source is source for source in found):
            found.append(label.span.source)
    return found


def _last_line(span: Span) -> int:
    return span.source.position(max(span.start, span.end - 1))[0]


def _snippet(source: Source, labels: list[Label], primary: Label, width: int, main: str) -> Iterator[str]:
    """The lines that carry labels, each with its underlinings."""
    paint = _paint if main else _plain
    rows = sorted(
        (row for label in labels for row in _rows(source, label, label is primary)),
        key=lambda row: (row.number, row.start, not row.primary),
    )
    shown = sorted({row.number for row in rows})
    shown += [n + 1 for n in shown if n + 1 not in shown and n + 2 in shown]  # no ellipsis for a single line
    previous = None
    for number in sorted(shown):
        if previous is not None and number > previous + 1:
            yield paint("...", _QUIET)
        previous = number
        here = [row for row in rows if row.number == number]
        text, offset = _window(_display(source.line(number)), here)
        yield f"{paint(f'{number:>{width}} |', _QUIET)} {text}".rstrip()
        for row in here:
            mark = ("^" if row.primary else "-") * (row.end - row.start)
            said = f"{mark} {_clean(row.text)}".rstrip().replace("\n", " ")
            tint = main if row.primary else _QUIET
            yield paint(" " * width + " |", _QUIET) + " " * (1 + row.start - offset) + paint(said, tint)


def _rows(source: Source, label: Label, primary: bool) -> Iterator[_Row]:
    """One row for a label on one line, two for a label over several."""
    first, column = source.position(label.span.start)
    last, end_column = source.position(max(label.span.start, label.span.end - 1))
    line = source.line(first)
    start = _cells(line[: column - 1])
    if first == last:
        end = _cells(line[:end_column]) if label.span.end > label.span.start else start
        yield _Row(first, start, max(end, start + 1), label.text, primary)
        return
    yield _Row(first, start, max(_cells(line.rstrip()), start + 1), "", primary)
    line = source.line(last)
    indent = _cells(line[: len(line) - len(line.lstrip())])
    end = _cells(line[:end_column])
    yield _Row(last, min(indent, end - 1) if end else 0, max(end, 1), label.text, primary)


def _window(text: str, rows: list[_Row]) -> tuple[str, int]:
    """The part of a very long line around its first label, and how many cells were left out before it."""
    if len(text) <= _WIDEST or not rows:
        return text[:_WIDEST], 0
    offset = max(0, min(row.start for row in rows) - _WIDEST // 2)
    return text[offset : offset + _WIDEST], offset


def _display(line: str) -> str:
    """A line as a terminal shows it: tabs expanded, nothing that moves the cursor."""
    shown: list[str] = []
    cells = 0
    for character in line:
        piece = " " * (_TAB - cells % _TAB) if character == "\t" else _visible(character)
        shown.append(piece)
        cells += _width(character, cells)
    return "".join(shown).rstrip()


def _cells(line: str) -> int:
    """How many cells a piece of text at the beginning of a line takes."""
    cells = 0
    for character in line:
        cells += _width(character, cells)
    return cells


def _width(character: str, cells: int) -> int:
    if character == "\t":
        return _TAB - cells % _TAB
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _visible(character: str) -> str:
    return character if character.isprintable() else ("\N{REPLACEMENT CHARACTER}" if character != "\r" else " ")


def _clean(text: str) -> str:
    """Words that may quote the program, without anything that would move the cursor."""
    return "".join(c if c == "\n" else _visible(c) for c in text)


def _paint(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"


def _plain(text: str, code: str) -> str:
    return text
