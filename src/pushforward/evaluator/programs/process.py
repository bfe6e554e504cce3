"""Processes as values: the model of a path, whose last argument is its times."""

from __future__ import annotations

from pushforward.evaluator.programs.model import applied, named
from pushforward.evaluator.registry import ProgramKind

PROGRAM = ProgramKind("process", named, applied)
