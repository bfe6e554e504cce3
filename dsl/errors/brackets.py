"""PF102, PF103 and PF116: brackets that are not closed, not opened, or too many within each other."""

from __future__ import annotations

from pushforward.dsl.diagnostic import Diagnostic, Label
from pushforward.dsl.errors.error import Error
from pushforward.dsl.source import Span


class Unclosed(Error):
    """A bracket is opened and not closed.

    Inside ( ) and [ ] line breaks do not count, so a missing `)` lets the next lines run into this one. The
    report points at the bracket that was opened, and at the place where it became clear that it had not been
    closed. For a brace the indentation is believed: where a `}` stands in another column than the line it would
    close, the brace of that line is the one that is missing its partner.
    """

    code = "PF102"
    title = "this `{bracket}` is never closed"
    bad = "model m() {\n  x ~ normal(0, 1\n  y ~ normal(x, 1)\n}\n"
    good = "model m() {\n  x ~ normal(0, 1)\n  y ~ normal(x, 1)\n}\n"

    @classmethod
    def at(cls, span: Span, bracket: str, partner: str, noticed: Span) -> Diagnostic:
        """`noticed` is where reading on made no sense any more."""
        seen = (Label(noticed, f"`{partner}` was expected before this"),) if noticed.text.strip() else ()
        return cls.diagnostic(span, "opened here", secondary=seen, helps=(f"add `{partner}`",), bracket=bracket)


class NothingToClose(Error):
    """A closing bracket has no opening one, or closes one of another kind.

    Either the bracket is one too many, or the opening one is missing before it.
    """

    code = "PF103"
    title = "`{bracket}` closes nothing"
    bad = "model m() {\n  x ~ normal(0, 1))\n}\n"
    good = "model m() {\n  x ~ normal(0, 1)\n}\n"

    @classmethod
    def at(cls, span: Span, bracket: str) -> Diagnostic:
        """A closing bracket where none is open."""
        return cls.diagnostic(span, "no bracket is open here", helps=(f"take this `{bracket}` away",), bracket=bracket)

    @classmethod
    def of_another_kind(cls, span: Span, bracket: str, opener: Span, partner: str) -> Diagnostic:
        """`bracket` stands where `partner` would close `opener`."""
        seen = (Label(opener, "this one is open"),)
        return cls.diagnostic(
            span, f"`{partner}` was expected", secondary=seen, helps=(f"write `{partner}`",), bracket=bracket
        )


class TooDeep(Error):
    """An expression or a block lies too deep within others.

    The compiler follows programs to a depth of 200. A program written by hand does not come near it; one written
    by another program may, with a sum of thousands of terms: make a list and use `sum`, or name the parts with
    `let`.
    """

    code = "PF116"
    title = "this is nested too deeply"
    bad = "let a = " + "-" * 250 + "1\n"
    good = "let a = -1\n"

    @classmethod
    def at(cls, span: Span, limit: int) -> Diagnostic:
        """`span` is the first place beyond the limit."""
        return cls.diagnostic(span, f"more than {limit} levels deep", helps=("name the parts with `let`",))
