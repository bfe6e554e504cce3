"""`:load FILE`: the declarations of a file, and its statements run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.dsl.source import Source
from pushforward.repl.registry import Command, Misused

if TYPE_CHECKING:
    from pushforward.repl.loop import Repl


def run(repl: Repl, text: str) -> None:
    """Read the file into the session."""
    if not text:
        raise Misused("write :load FILE")
    repl.loaded = text
    repl.session.run(Source(text, repl.read(text).replace("\r\n", "\n")))


COMMAND = Command("load", "FILE", "read a .pf file into the session", run)
