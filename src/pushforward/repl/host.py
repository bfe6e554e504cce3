"""Where a session of a REPL prints: results to one stream, the rest to another. The terminal below does the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TextIO

from pushforward.dsl.diagnostic import Diagnostic
from pushforward.evaluator.host import Host

if TYPE_CHECKING:
    from pushforward.evaluator.values import Value
    from pushforward.runtime.optimise.result import Event
    from pushforward.runtime.samplers.result import ProgressEvent


class ReplHost(Host):
    """`base` prepares JAX, shows progress and watches for ctrl-C."""

    def __init__(self, base: Host, out: TextIO, err: TextIO) -> None:
        self.base, self.out, self.err = base, out, err

    def write(self, text: str) -> None:
        """A result."""
        if text:
            self.out.write(text if text.endswith("\n") else text + "\n")
        self.out.flush()

    def tell(self, text: str) -> None:
        """What is not a result, after the results so far."""
        self.out.flush()
        self.err.write(text if text.endswith("\n") else text + "\n")
        self.err.flush()

    def printed(self, values: tuple[Value, ...]) -> None:
        from pushforward.evaluator.shown import printed_text

        self.write(printed_text(values) or "\n")

    def shown(self, value: Value) -> None:
        from pushforward.evaluator.shown import text_of

        self.write(f'"{value}"' if isinstance(value, str) else text_of(value))

    def cared(self, warnings: tuple[Diagnostic, ...]) -> None:
        from pushforward.dsl.render import render_all

        self.tell(render_all(warnings, colour=False))

    def note(self, sentence: str) -> None:
        self.tell(f"note: {sentence}")

    def warning(self, sentence: str) -> None:
        self.tell(f"warning: {sentence}")

    def prepare(self) -> None:
        self.base.prepare()

    def watching(self, chains: int, total: int) -> AbstractContextManager[Callable[[ProgressEvent], None] | None]:
        return self.base.watching(chains, total)

    def following(self, what: str) -> AbstractContextManager[Callable[[Event], None] | None]:
        return self.base.following(what)

    def stopping(self) -> AbstractContextManager[threading.Event]:
        return self.base.stopping()
