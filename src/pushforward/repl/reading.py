"""When an input is complete, and inputs from a stream of lines."""

from __future__ import annotations

from typing import Protocol, TextIO

from pushforward.dsl.keywords import WANTS_MORE
from pushforward.dsl.lexing import lex
from pushforward.dsl.source import Source

#: An input that ends with one of these signs goes on. (`>` and `'` may end one.)
_ARITHMETIC = ("+", "-", "*", "/", "^", "%", ".*", "./", ".^")
_GOES_ON = frozenset((*_ARITHMETIC, "<", "<=", ">=", "==", "!=", "&&", "||", "|", "!", "=", "~", ",", "->", "@", "."))


class Input(Protocol):
    """Where inputs come from. None is the end; `KeyboardInterrupt` gives up the input under way."""

    def read(self) -> str | None:
        """The next input, of one or several lines."""
        ...


def complete(text: str) -> bool:
    """Whether an input can be evaluated: no bracket is open, and its end wants nothing more. An empty line always ends
    it, and so do commands.
    """
    if text.startswith(":") or text.endswith("\n\n"):
        return True
    tokens = [t for t in lex(Source("", text)).tokens if t.kind not in ("break", "semicolon", "end")]
    depth = 0
    for token in tokens:
        if token.kind == "sign" and token.text in ("(", "[", "{"):
            depth += 1
        elif token.kind == "sign" and token.text in (")", "]", "}"):
            depth -= 1
    if depth > 0:
        return False
    last = tokens[-1] if tokens else None
    if last is None or last.kind == "string":
        return True
    return last.text not in (_GOES_ON if last.kind == "sign" else WANTS_MORE)


class Stream:
    """Inputs from lines, as of a file or a pipe."""

    def __init__(self, lines: TextIO) -> None:
        self.lines = lines

    def read(self) -> str | None:
        text = ""
        for line in self.lines:
            text += line
            if text.strip() and (not line.strip() or complete(text)):
                return text.rstrip("\n")
        return text.rstrip("\n") if text.strip() else None
