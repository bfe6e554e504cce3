"""PF490: what parses and has no meaning yet."""

from __future__ import annotations

from typing import ClassVar

from pushforward.dsl.diagnostic import Diagnostic, Severity
from pushforward.dsl.errors.error import Error
from pushforward.dsl.source import Span


class NotYet(Error):
    """A construct is part of the language and has no meaning yet.

    Nothing is wrong with the program; this version cannot run it. The other programs of the file are not affected.
    It is told once for each construct of a program.
    """

    code = "PF490"
    title = "{construct} has no meaning yet in {program}"
    severity: ClassVar[Severity] = "not yet"
    bad = "model m() {\n  x: simplex[3] ~ normal(0, 1)\n}\n"
    good = "model m() {\n  x ~ normal(0, 1)\n}\n"

    @classmethod
    def at(cls, span: Span, program: str, construct: str, coming: str) -> Diagnostic:
        """`construct` of `program`, and a sentence that says what is `coming`."""
        return cls.diagnostic(span, "not yet", notes=(coming,), program=program, construct=construct)
