"""What is written where: results on stdout; notes, warnings, diagnostics and progress on stderr."""

from __future__ import annotations

import io
import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from pushforward.dsl.diagnostic import Diagnostic

_BLUE, _YELLOW = "1;36", "1;33"


def tolerant() -> None:
    """Write characters that the terminal's encoding lacks as escapes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def coloured(stream: TextIO) -> bool:
    """Whether colours are welcome: on a terminal that knows them, and not with NO_COLOR (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def result(text: str) -> None:
    """Write a result, with a line break at its end."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def result_json(value: Mapping[str, object]) -> None:
    """Write the one JSON object. JSON has neither NaN nor infinities: they become null."""
    result(json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def _plain(value: object) -> object:
    match value:
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case str() | bool() | None | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Sequence() | frozenset() | set():
            return [_plain(item) for item in value]
        case _:
            return str(value)


def note(sentence: str) -> None:
    """A fact that is worth knowing."""
    _say("note", sentence, _BLUE)


def warning(sentence: str) -> None:
    """Something to act on, that stops nothing."""
    _say("warning", sentence, _YELLOW)


def _say(word: str, sentence: str, tint: str) -> None:
    head = f"\x1b[{tint}m{word}:\x1b[0m" if coloured(sys.stderr) else f"{word}:"
    print(f"{head} {sentence}", file=sys.stderr)


def diagnostics(found: Iterable[Diagnostic]) -> None:
    """Diagnostics in the order of the file, with an empty line after them."""
    from pushforward.dsl.render import render_all

    text = render_all(found, coloured(sys.stderr))
    if text:
        print(text, end="\n\n", file=sys.stderr)
