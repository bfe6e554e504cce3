"""Signals that end a run in good order: the block under way is finished and the checkpoint written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from pushforward.cli import terminal


@dataclass
class Stop:
    """What a run watches, and the signal that asked for it."""

    event: threading.Event = field(default_factory=threading.Event)
    number: int = signal.SIGINT


@contextmanager
def stopping() -> Iterator[Stop]:
    """Ctrl-C and SIGTERM ask the run to stop; a second Ctrl-C does not wait. Other threads than the main one get no
    signals."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.event.is_set():
            raise KeyboardInterrupt
        stop.number = number
        stop.event.set()
        if number == signal.SIGINT:
            terminal.note("stopping (again: at once)")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
