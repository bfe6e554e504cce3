"""Runs that ctrl-C ends: what they have is kept, and the script goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pytest

from pushforward.dsl.source import Source
from pushforward.evaluator.session import Session
from pushforward.runtime.samplers.result import Interrupted
from tests.evaluator.conftest import Kept

MODEL = "model m() {\n  mu ~ normal(0, 1)\n  y ~ normal(mu, 1)\n}\n"


class Impatient(Kept):
    """Asks to stop when so many iterations are done."""

    def __init__(self, iterations: int) -> None:
        super().__init__()
        self.iterations, self.event = iterations, threading.Event()

    def watching(self, chains: int, total: int) -> AbstractContextManager[Callable[[Any], None]]:
        def watch(event: Any) -> None:
            if event.done >= self.iterations:
                self.event.set()

        return nullcontext(watch)

    @contextmanager
    def stopping(self) -> Iterator[threading.Event]:
        yield self.event


def run(host: Impatient, text: str) -> None:
    """A script after the model."""
    Session(host).run(Source("s.pf", MODEL + text))


def test_draws_that_there_are_are_kept() -> None:
    host = Impatient(150)
    run(host, "let p = sample m() | {y = 1} by nuts(chains=1, warmup=50, draws=100_000)\nprint p.mu\nprint 1\n")
    drawn, last = host.values
    assert 100 <= len(drawn.array) < 100_000  # type: ignore[union-attr]
    assert last == 1 and not host.event.is_set()
    assert any(f"1 of {len(drawn.array)}; 1 of 100000" in n for n in host.notes)  # type: ignore[union-attr]


def test_a_run_that_is_stopped_in_its_warmup_has_nothing_to_keep() -> None:
    with pytest.raises(Interrupted):
        run(Impatient(1), "let p = sample m() | {y = 1} by nuts(chains=1, warmup=5000, draws=100)\n")
