"""Reading documents: their programs, the commands they show with what these print, and their links.

In a document, a block ```` ```pf ```` is a whole program, and the line `<!-- file: bad.pf -->` before a block of
any kind names a file that the commands below it find. A block ```` ```console ```` shows commands after `$`, each
followed by what it prints; a line `[...]` there stands for lines left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "CHANGELOG.md", "docs/*.md", "docs/design/*.md", "examples/**/*.md")
LEFT_OUT = "[...]"
QUICK = frozenset({"check", "fmt", "show", "compile", "explain", "repl"})  # verbs whose output the tests compare

_BLOCK = re.compile(r"(?:^<!-- file: (?P<file>\S+) -->\n+)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
_LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#\s]+)[^)]*\)")


@dataclass(frozen=True)
class Block:
    """A block of a document: its kind, its text, and the file it is saved as, if any."""

    kind: str
    text: str
    file: str | None


@dataclass(frozen=True)
class Command:
    """A command of a console block and the lines that it prints."""

    words: tuple[str, ...]
    shown: tuple[str, ...]

    @property
    def verb(self) -> str:
        """The verb, if this is one of ours."""
        return self.words[1] if self.words[0] in ("pushforward", "pf") and len(self.words) > 1 else ""


def documents() -> list[Path]:
    """Every document of the repository."""
    return sorted(path for pattern in DOCUMENTS for path in ROOT.glob(pattern))


def blocks(text: str) -> list[Block]:
    """The blocks of a document, from top to bottom."""
    return [Block(m["kind"], m["text"], m["file"]) for m in _BLOCK.finditer(text)]


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    found: list[Command] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(Command(tuple(line[2:].split()), ()))
        elif found:
            found[-1] = Command(found[-1].words, (*found[-1].shown, line))
    return found


def links(text: str) -> list[str]:
    """The relative targets of links and pictures."""
    return [m[1] for m in _LINK.finditer(_BLOCK.sub("", text))]


def agrees(shown: tuple[str, ...], printed: tuple[str, ...]) -> bool:
    """Whether what is shown is what is printed, up to lines left out and blank lines at the end."""
    parts = (r"(?:.*\n)*?" if line == LEFT_OUT else re.escape(line) + r"\n" for line in _trimmed(shown))
    return re.fullmatch("".join(parts), "".join(f"{line}\n" for line in _trimmed(printed))) is not None


def renewed(shown: tuple[str, ...], printed: tuple[str, ...]) -> tuple[str, ...]:
    """What is printed, with the same parts left out: the beginning, up to the first line that is shown, or rows of a
    table, which are known by their first word. Raises `ValueError` where that cannot be done.
    """
    printed = _trimmed(printed)
    if LEFT_OUT not in shown:
        return printed
    if LEFT_OUT not in shown[1:]:
        return (LEFT_OUT, *printed[printed.index(shown[1]) :])
    first_words = [_first_word(line) for line in printed]
    kept: list[str] = []
    place = 0
    for line in _trimmed(shown):
        if line != LEFT_OUT:
            place = first_words.index(_first_word(line), place)
            line, place = printed[place], place + 1
        kept.append(line)
    return tuple(kept)


def _first_word(line: str) -> str:
    return line.split(maxsplit=1)[0] if line.strip() else ""


def _trimmed(lines: tuple[str, ...]) -> tuple[str, ...]:
    kept = [line.rstrip() for line in lines]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)
