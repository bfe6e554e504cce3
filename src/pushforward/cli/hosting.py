"""A terminal as the host of a session: prints to stdout, the rest to stderr, watched and stopped as `sample` is."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from pushforward.cli import jax_settings, terminal
from pushforward.cli.progress import following, watching
from pushforward.cli.stopping import stopping
from pushforward.dsl.diagnostic import Diagnostic
from pushforward.evaluator.host import Host

if TYPE_CHECKING:
    from pushforward.evaluator.values import Value
    from pushforward.runtime.optimise.result import Event
    from pushforward.runtime.samplers.result import ProgressEvent

ROWS = 200  # of a table; --json has all


class Terminal(Host):
    """`as_json`: each `print` is one line of JSON. `number` is the signal that stopped the last run."""

    def __init__(self, *, as_json: bool, cache: bool) -> None:
        self.as_json, self.cache, self.number = as_json, cache, int(signal.SIGINT)

    def printed(self, values: tuple[Value, ...]) -> None:
        from pushforward.evaluator.shown import printed_text, to_json

        if self.as_json:
            found = [to_json(v) for v in values]
            line = json.dumps(found[0] if len(found) == 1 else found, ensure_ascii=False, allow_nan=False)
            terminal.result(line)
        elif len(values) != 1 or not self._table(values[0]):
            terminal.result(printed_text(values))
        sys.stdout.flush()

    def _table(self, value: Value) -> bool:
        """Print a table in colours where the output is a terminal; whether it was one."""
        from pushforward.evaluator.values import PosteriorValue, Table
        from pushforward.runtime.draws import print_summary

        match value:
            case Table(summary=summary):
                print_summary(summary, limit=ROWS)
            case PosteriorValue(posterior=posterior):
                print_summary(posterior.summary(), limit=ROWS)
            case _:
                return False
        return True

    def cared(self, warnings: tuple[Diagnostic, ...]) -> None:
        several = "s" if len(warnings) > 1 else ""
        name = warnings[0].primary.span.source.name
        terminal.note(f"{len(warnings)} warning{several} in {name}: `pushforward check {name}` shows them")

    def note(self, sentence: str) -> None:
        terminal.note(sentence)

    def warning(self, sentence: str) -> None:
        terminal.warning(sentence)

    def prepare(self) -> None:
        jax_settings.prepare(cache=self.cache)

    def watching(self, chains: int, total: int) -> AbstractContextManager[Callable[[ProgressEvent], None] | None]:
        return watching(chains, total)

    @contextmanager
    def following(self, what: str) -> Iterator[Callable[[Event], None] | None]:
        with following(what) as follow:
            yield follow

    @contextmanager
    def stopping(self) -> Iterator[threading.Event]:
        with stopping() as stop:
            try:
                yield stop.event
            finally:
                self.number = stop.number
            if stop.event.is_set() or stop.number == signal.SIGTERM:
                # It came too late for this run, not for what would follow it.
                raise KeyboardInterrupt
