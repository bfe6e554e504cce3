"""A doubt about draws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """One doubt: its kind, for machines, and a sentence for people on what was seen and what to do."""

    kind: str
    sentence: str
