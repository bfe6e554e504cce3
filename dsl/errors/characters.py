"""PF104 to PF108: characters, numbers, strings and signs that are not of this language."""

from __future__ import annotations

from pushforward.dsl.diagnostic import Diagnostic
from pushforward.dsl.errors.error import Error
from pushforward.dsl.source import Span


class UnclosedString(Error):
    """A string begins and its line ends before the string does.

    A string is written between two double quotes on one line. A quote inside it is written `\\"`, a line break `\\n`.
    The single quote is no string: it transposes, as in `x'`.
    """

    code = "PF104"
    title = "this string does not end"
    bad = 'let d = load("schools.json)\n'
    good = 'let d = load("schools.json")\n'

    @classmethod
    def at(cls, span: Span) -> Diagnostic:
        """`span` is the string as far as its line goes."""
        return cls.diagnostic(span, "it begins here", helps=('end it with `"` on the same line',))

    @classmethod
    def quoted_otherwise(cls, span: Span) -> Diagnostic:
        """A string between quotes that are not the straight double ones."""
        return cls.diagnostic(span, "a string is written between straight double quotes", helps=('write `"..."`',))


class UnknownCharacter(Error):
    """A character means nothing in the language.

    Names are made of letters (of any alphabet), digits and underscores. Powers are written with `^`, so `x^2` and not
    `x²`; an index is written in brackets, so `x[0]` and not `x₀`.
    """

    code = "PF105"
    title = "`{character}` means nothing here"
    bad = "let a = 3 $ 4\n"
    good = "let a = 3 * 4\n"

    @classmethod
    def at(cls, span: Span, character: str, helps: tuple[str, ...] = ()) -> Diagnostic:
        """`character` is shown; invisible ones by their number."""
        return cls.diagnostic(span, "this character", helps=helps, character=character)


class MalformedNumber(Error):
    """Digits that do not make a number.

    Digits stand on both sides of a decimal point, because `0..N` is a range and `2.^x` an elementwise power: write
    `0.5` and `1.0`. Underscores may separate digits, as in `5_000`. A number times a name needs the `*`: `2 * x`.
    """

    code = "PF106"
    title = "this is not a number of the language"
    bad = "let a = .5\n"
    good = "let a = 0.5\n"

    @classmethod
    def at(cls, span: Span, why: str, help_: str) -> Diagnostic:
        """`why` stands under the carets."""
        return cls.diagnostic(span, why, helps=(help_,))


class ForeignOperator(Error):
    """A sign of another language, where this one has another or none.

    Powers are `^`, equality is `==`, the logical operators are `&&`, `||` and `!`, a choice is written
    `if c then a else b`, and a site is written `x ~ normal(0, 1)`. A name is bound once, by `let`: there is no `+=`.
    """

    code = "PF107"
    title = "`{sign}` is not an operator of the language"
    bad = "let a = 2 ** 3\n"
    good = "let a = 2 ^ 3\n"

    @classmethod
    def at(cls, span: Span, sign: str, help_: str) -> Diagnostic:
        """`help_` says what is written instead."""
        return cls.diagnostic(span, "not an operator here", helps=(help_,), sign=sign)


class ForeignComment(Error):
    """A comment is written as in another language.

    `#` starts a comment that ends with its line; `##` starts a documentation comment, which belongs to the next
    declaration. Comments over several lines do not exist: begin each line with `#`. (`a // b` is no division either:
    write `floor(a / b)`.)
    """

    code = "PF108"
    title = "`{sign}` does not start a comment"
    bad = "model m() {\n  x ~ normal(0, 1) // a prior\n}\n"
    good = "model m() {\n  x ~ normal(0, 1) # a prior\n}\n"

    @classmethod
    def at(cls, span: Span, sign: str) -> Diagnostic:
        """`sign` is `//` or `/*`."""
        return cls.diagnostic(span, "comments start with `#`", helps=("write `#` instead",), sign=sign)
