"""`:time STATEMENT`: how long it takes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pushforward.repl.registry import Command, Misused

if TYPE_CHECKING:
    from pushforward.repl.loop import Repl


def run(repl: Repl, text: str) -> None:
    """Run it and tell the seconds, compilation included."""
    if not text:
        raise Misused("write :time STATEMENT")
    source = repl.source(text)
    began = time.perf_counter()
    repl.session.run(source, interactive=True)
    repl.host.note(f"{time.perf_counter() - began:.3f} s")


COMMAND = Command("time", "STATEMENT", "run it and tell how long it took, compilation included", run)
