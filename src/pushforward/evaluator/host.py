"""What a session asks of the place where it runs. The command line and the REPL are hosts; this one is quiet."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushforward.dsl.diagnostic import Diagnostic
    from pushforward.evaluator.values import Value
    from pushforward.runtime.optimise.result import Event
    from pushforward.runtime.samplers.result import ProgressEvent


class Host:
    """Prints to nowhere, is watched by nobody and stopped by nobody. Override what the place has."""

    def printed(self, values: tuple[Value, ...]) -> None:
        """`print` of these values."""

    def shown(self, value: Value) -> None:
        """The value of an expression that stands alone; only a REPL shows it."""

    def cared(self, warnings: tuple[Diagnostic, ...]) -> None:
        """The warnings of the checker about declarations, before anything runs."""

    def note(self, sentence: str) -> None:
        """A fact worth knowing."""

    def warning(self, sentence: str) -> None:
        """Something to act on, that stops nothing."""

    def prepare(self) -> None:
        """JAX is about to be used: the place may set it up."""
        from pushforward.runtime.samplers.executable import enable_x64
        from pushforward.runtime.xla_flags import fuse_small_loops

        fuse_small_loops()
        enable_x64()

    def watching(self, chains: int, total: int) -> AbstractContextManager[Callable[[ProgressEvent], None] | None]:
        """What to call with the events of a run of several chains."""
        return nullcontext()

    def following(self, what: str) -> AbstractContextManager[Callable[[Event], None] | None]:
        """What to call with the events of a fit."""
        return nullcontext()

    def stopping(self) -> AbstractContextManager[threading.Event]:
        """An event that is set when the user asks a long run to stop."""
        return nullcontext(threading.Event())
