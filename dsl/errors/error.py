"""What a code is: a class that is never instantiated.

To add a code, write a class into a file of this folder (any file; the folder is scanned) and bless its test:

    class UnknownName(Error):
        '''A name is used that nothing binds.

        The page, in plain sentences: what the compiler understood, why that cannot be, what to write instead.
        '''

        code = "PF201"
        title = "there is no `{name}` here"
        bad = "model m() { y ~ normal(mu, 1) }"
        good = "model m() { mu ~ normal(0, 1); y ~ normal(mu, 1) }"

        @classmethod
        def at(cls, span: Span, name: str, near: str | None) -> Diagnostic:
            helps = (f"did you mean `{near}`?",) if near else ()
            return cls.diagnostic(span, "nothing binds this name", helps=helps, name=name)

    raise ProgramError(UnknownName.at(span, "mu", None))

`pytest tests/errors --bless` writes tests/errors/PF201/{bad.pf, good.pf, expected.txt} from the class; the same
test without the flag holds `bad` to exactly this code and that text, and `good` to no error at all.
"""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import ClassVar

from pushforward.dsl.diagnostic import Diagnostic, Label, Severity
from pushforward.dsl.source import Span


class Error:
    """One code. The docstring of a subclass is the page that `pushforward explain` prints.

    `title` is a template: `{name}` is filled from the keywords of `diagnostic`. `bad` is the smallest program that
    meets this code and no other; `good` is its repair. A code that no program text alone can cause (bad data, a
    failing run) leaves both empty.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[Severity] = "error"
    bad: ClassVar[str] = ""
    good: ClassVar[str] = ""

    @classmethod
    def diagnostic(
        cls,
        span: Span,
        label: str,
        *,
        secondary: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        helps: tuple[str, ...] = (),
        **words: object,
    ) -> Diagnostic:
        """The finding at `span`: `label` is shown under the carets, `words` fill the title."""
        title = cls.title.format(**words)
        return Diagnostic(cls.code, cls.severity, title, Label(span, label), secondary, notes, helps)


def page(error: type[Error]) -> str:
    """The page of a code in plain text: its title, its explanation, a program that meets it and the repair."""
    title = re.sub(r"\{[^}]*\}", "...", error.title)
    parts = [f"{error.severity} {error.code}: {title}", cleandoc(error.__doc__ or "")]
    if error.bad:
        parts += ["This program meets it:", _indented(error.bad), "This one does not:", _indented(error.good)]
    return "\n\n".join(parts) + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.strip("\n").splitlines())
