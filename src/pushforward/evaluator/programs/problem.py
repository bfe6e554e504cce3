"""Problems as values: they are models without choices, which `solve` takes."""

from __future__ import annotations

from pushforward.evaluator.programs.model import applied, named
from pushforward.evaluator.registry import ProgramKind

PROGRAM = ProgramKind("problem", named, applied)
