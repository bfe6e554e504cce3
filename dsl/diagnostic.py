"""What is told to the user: a frozen value.

A diagnostic has one title in the user's words, one primary label (where it hurts), secondary labels (why),
notes (facts) and helps (something to type, which compiles when typed). `render.py` turns it into text or
JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pushforward.dsl.source import Span

Severity = Literal["error", "warning", "not yet", "note"]


@dataclass(frozen=True)
class Label:
    """A span and what is to be seen there."""

    span: Span
    text: str


@dataclass(frozen=True)
class Diagnostic:
    """One finding. `code` is stable (PF1 syntax, PF2 names, PF3 types shapes supports, PF4 measures and
    conditioning, PF5 gradient strategies, PF6 solvers, PF7 running, PF8 data, PF9 internal) and never used
    again for something else.
    """

    code: str
    severity: Severity
    title: str
    primary: Label
    secondary: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()


class ProgramError(Exception):
    """The program's fault (exit 1), or a construct without meaning yet (exit 2): one or more diagnostics."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(f"{d.code}: {d.title}" for d in diagnostics))
        self.diagnostics = diagnostics

    @property
    def exit_code(self) -> int:
        """1 when anything is the program's fault, 2 when everything is merely not yet supported."""
        return 2 if all(d.severity == "not yet" for d in self.diagnostics) else 1
