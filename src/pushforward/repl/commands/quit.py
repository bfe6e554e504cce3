"""`:quit`: leave. Ctrl-D does the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.repl.registry import Command

if TYPE_CHECKING:
    from pushforward.repl.loop import Repl


def run(repl: Repl, text: str) -> None:
    """Leave the loop."""
    from pushforward.repl.loop import Quit

    raise Quit


COMMAND = Command("quit", "", "leave", run)
