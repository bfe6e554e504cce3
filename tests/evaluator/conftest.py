"""Sessions whose host keeps what it is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.source import Source
from pushforward.evaluator.host import Host
from pushforward.evaluator.session import Session
from pushforward.evaluator.values import Value


class Kept(Host):
    """What was printed, shown, noted and warned of."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def printed(self, values: tuple[Value, ...]) -> None:
        self.values += values

    def shown(self, value: Value) -> None:
        self.values.append(value)

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def warning(self, sentence: str) -> None:
        self.warnings.append(sentence)


class Script:
    """Texts run in one session."""

    def __init__(self, seed: int = 0) -> None:
        self.host = Kept()
        self.session = Session(self.host, seed=seed)

    def __call__(self, text: str) -> Any:
        """Run a text; gives the last value that it printed or showed."""
        self.host.values.clear()
        self.host.notes.clear()
        self.session.run(Source("s.pf", text), interactive=True)
        return self.host.values[-1] if self.host.values else None

    def codes(self, text: str) -> list[str]:
        """The codes with which a text fails."""
        with pytest.raises(ProgramError) as caught:
            self(text)
        return [d.code for d in caught.value.diagnostics]


@pytest.fixture
def script() -> Script:
    """A new session."""
    return Script()


@pytest.fixture
def sessions() -> Callable[[int], Script]:
    """New sessions by seed."""
    return Script


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which scripts run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
