"""What the compiler says to users: constructs without a meaning yet, and its own faults."""

from __future__ import annotations

from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.source import Span


def not_yet(what: str, span: Span, *helps: str) -> ProgramError:
    """The "not yet" outcome at `span` (exit status 2)."""
    title = f"{what} has no meaning yet"
    return ProgramError(Diagnostic("PF491", "not yet", title, Label(span, "this"), helps=helps))


class InternalError(Exception):
    """A fault of the compiler: it names the pass, so that a report can be made of it (exit status 70)."""

    def __init__(self, pass_name: str, message: str) -> None:
        super().__init__(f"in the pass `{pass_name}`: {message}")
        self.pass_name = pass_name
