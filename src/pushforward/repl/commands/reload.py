"""`:reload`: the last loaded file again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.repl.commands.load import run as load
from pushforward.repl.registry import Command, Misused

if TYPE_CHECKING:
    from pushforward.repl.loop import Repl


def run(repl: Repl, text: str) -> None:
    """Read it again; what it declares replaces what it declared before."""
    if text or repl.loaded is None:
        raise Misused("write :reload" if text else "no file was loaded: write :load FILE")
    load(repl, repl.loaded)


COMMAND = Command("reload", "", "read the last loaded file again", run)
