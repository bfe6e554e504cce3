"""Tokens of the textual core, and a cursor over them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

T = TypeVar("T")

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)|(?P<doc>\#\#\ .*)|(?P<newline>\n)
      |(?P<string>"(?:[^"\\]|\\.)*")
      |(?P<float>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.inf\b|\.nan\b)
      |(?P<int>\d+)|(?P<word>[^\W\d]\w*)
      |(?P<mark>\.\.|//|[-+*/@.,:;=~\#(){}<>\[\]])""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """A piece of text; `string` is a quoted name."""

    kind: Literal["word", "string", "int", "float", "mark", "newline", "doc", "end"]
    text: str
    line: int
    column: int

    @property
    def name(self) -> str:
        """The name that a word or quoted name is."""
        return str(json.loads(self.text)) if self.kind == "string" else self.text


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a text, with an `end`. Raises ValueError with line and column at what is no token."""
    found: list[Token] = []
    at, line, start = 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"{line}:{at - start + 1}: unexpected {text[at]!r}")
        kind = match.lastgroup
        if kind != "space":
            found.append(Token(kind, match.group(), line, at - start + 1))  # type: ignore[arg-type]
        at = match.end()
        if kind == "newline":
            line, start = line + 1, at
    return (*found, Token("end", "", line, at - start + 1))


class Cursor:
    """A place in a sequence of tokens. Newlines count only for `line_end` and `skip_lines`; nothing else
    passes over them.
    """

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._at = 0

    def peek(self, ahead: int = 0) -> Token:
        """The token `ahead` places further, without moving."""
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def next(self) -> Token:
        """The token here; the cursor moves on."""
        token = self.peek()
        self._at += 1
        return token

    def sees(self, *texts: str) -> bool:
        """Do these words and marks come next?"""
        return all((t := self.peek(i)).text == text and t.kind in ("word", "mark") for i, text in enumerate(texts))

    def take(self, *texts: str) -> bool:
        """Move past these words and marks if they come next."""
        if not self.sees(*texts):
            return False
        self._at += len(texts)
        return True

    def expect(self, text: str) -> None:
        """Move past a word or mark. Raises ValueError if another comes."""
        if not self.take(text):
            raise self.error(f"`{text}`")

    def name(self) -> str:
        """A name, quoted or not."""
        if self.peek().kind not in ("word", "string"):
            raise self.error("a name")
        return self.next().name

    def named(self, ahead: int = 0) -> bool:
        """Is the token `ahead` places further a name?"""
        return self.peek(ahead).kind in ("word", "string")

    def integer(self) -> int:
        """An integer with its sign."""
        sign = -1 if self.take("-") else 1
        if self.peek().kind != "int":
            raise self.error("an integer")
        return sign * int(self.next().text)

    def list_of(self, item: Callable[[], T], close: str) -> tuple[T, ...]:
        """Items between commas, up to the mark `close`, which is passed."""
        return self.list_until(item, close)[0]

    def list_until(self, item: Callable[[], T], *closing: str) -> tuple[tuple[T, ...], str]:
        """Items between commas, up to one of the marks `closing`, which is passed and comes back too."""
        items: list[T] = []
        while not any(self.sees(mark) for mark in closing):
            if items:
                self.expect(",")
            items.append(item())
        return tuple(items), self.next().text

    def line_end(self) -> None:
        """The end of a line, and empty lines after it."""
        if self.peek().kind != "end" and not self.skip_lines():
            raise self.error("the end of the line")

    def skip_lines(self) -> bool:
        """Move past line breaks."""
        before = self._at
        while self.peek().kind == "newline":
            self._at += 1
        return self._at > before

    def error(self, wanted: str) -> ValueError:
        """What to raise when something else stands here than was wanted."""
        token = self.peek()
        found = {"newline": "the end of the line", "end": "the end"}.get(token.kind, f"`{token.text}`")
        return ValueError(f"{token.line}:{token.column}: expected {wanted}, found {found}")
