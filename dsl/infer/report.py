"""What one run of inference has found: errors, care warnings, and constructs without meaning yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from pushforward.dsl.diagnostic import Diagnostic, Label
from pushforward.dsl.errors.error import Error
from pushforward.dsl.errors.later import NotYet
from pushforward.dsl.source import Span


@dataclass
class Report:
    """A list for each severity. Two findings of one code at one place are told once."""

    errors: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)
    not_yet: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        """File a diagnostic under its severity."""
        places = {"error": self.errors, "warning": self.warnings, "not yet": self.not_yet}
        place = places.get(diagnostic.severity, self.warnings)
        if diagnostic not in place:
            place.append(diagnostic)

    def error(
        self,
        code: type[Error],
        span: Span,
        label: str,
        *,
        secondary: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        helps: tuple[str, ...] = (),
        **words: object,
    ) -> None:
        """Write down a finding of `code` at `span`."""
        self.add(code.diagnostic(span, label, secondary=secondary, notes=notes, helps=helps, **words))

    def later(self, program: str, construct: str, span: Span, coming: str) -> None:
        """Write down that `construct` has no meaning yet: once for each construct of a program."""
        diagnostic = NotYet.at(span, program, construct, coming)
        if all(d.title != diagnostic.title for d in self.not_yet):
            self.add(diagnostic)
