"""What the lexer does with characters it does not know: say what was meant, and read on as if it stood there.

Each function reports to `problems`. Those that meet text which is not a token return where reading goes on and the
token to put in its place, if one is obvious.
"""

from __future__ import annotations

import re
from typing import Literal

from pushforward.dsl.diagnostic import Diagnostic
from pushforward.dsl.errors.characters import (
    ForeignComment,
    ForeignOperator,
    MalformedNumber,
    UnclosedString,
    UnknownCharacter,
)
from pushforward.dsl.source import Source, Span

#: Signs of other languages -> (the sign that is meant, "" for none; what to write).
_FOREIGN = {
    "**": ("^", "write `^` for a power"),
    ":=": ("=", "write `let x = e` to bind a name"),
    "+=": ("", "a name is bound once: write `let`, or `factor e` to add to the log-density"),
    "-=": ("", "a name is bound once: write `let`, or `factor -e` to subtract from the log-density"),
    "*=": ("", "a name is bound once: write `let` with a new name"),
    "/=": ("!=", "write `!=` for `not equal`"),
    "%*%": ("*", "`*` is the matrix product"),
    "<>": ("!=", "write `!=` for `not equal`"),
    "&": ("&&", "write `&&` for `and`"),
    "≤": ("<=", "write `<=`"),
    "≥": (">=", "write `>=`"),
    "≠": ("!=", "write `!=`"),
    "×": ("*", "write `*`"),
    "·": ("*", "write `*`"),
    "⋅": ("*", "write `*`"),
    "÷": ("/", "write `/`"),
    "−": ("-", "write `-`: this is another dash"),
    "–": ("-", "write `-`: this is another dash"),
    "→": ("->", "write `->`"),
    "←": ("=", "write `let x = e` to bind a name"),
    "∼": ("~", "write `~`"),
    "∈": ("", "write `in`"),
    "?": ("", "write `if c then a else b`"),
}

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def read_unknown(
    source: Source, start: int, problems: list[Diagnostic]
) -> tuple[int, tuple[Literal["sign", "string"], str] | None]:
    """A character that begins no token. Returns where to go on, and (kind, text) of a token in its place."""
    text, character = source.text, source.text[start]
    if character == '"':
        end = _line_end(text, start)
        problems.append(UnclosedString.at(Span(source, start, end)))
        return end, ("string", '""')
    if character in "“”„":
        close = re.compile(r'[^\n“”"]*[“”"]').match(text, start + 1)
        end = close.end() if close else _line_end(text, start)
        problems.append(UnclosedString.quoted_otherwise(Span(source, start, end)))
        return end, ("string", '""')
    if character in "’‘`":
        problems.append(UnknownCharacter.at(_one(source, start), character, ("`'` transposes, `\"` quotes",)))
        return start + 1, None
    if character in _FOREIGN:
        replacement = foreign(source, start, start + 1, problems)
        return start + 1, ("sign", replacement) if replacement else None
    digits = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+").match(text, start)
    if digits:
        shown = digits.group()
        help_ = f"write `^{shown.translate(_SUPERSCRIPTS)}` for a power"
        problems.append(UnknownCharacter.at(Span(source, start, digits.end()), shown, (help_,)))
        return digits.end(), None
    end = start + 1
    while end < len(text) and text[end] == character:
        end += 1
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    problems.append(UnknownCharacter.at(Span(source, start, end), shown))
    return end, None


def foreign(source: Source, start: int, end: int, problems: list[Diagnostic]) -> str:
    """A sign of another language; returns the sign that is meant, or "" where there is none."""
    sign, span = source.text[start:end], Span(source, start, end)
    if sign.startswith(("//", "/*")):
        problems.append(ForeignComment.at(span, sign[:2]))
        return ""
    replacement, help_ = _FOREIGN[sign]
    if sign == "+=" and re.search(r"\btarget\s*$", source.text[max(0, start - 40) : start]):
        help_ = "write `factor e` to add e to the log-density"
    problems.append(ForeignOperator.at(span, sign, help_))
    return replacement


def check_number(source: Source, start: int, end: int, problems: list[Diagnostic]) -> tuple[int, str]:
    """A number that was read; reports what is glued to it. Returns where to go on, and the number as text."""
    text, number = source.text, source.text[start:end]
    glued = re.compile(r"\w+").match(text, end)
    if glued:
        word = glued.group()
        span = Span(source, start, glued.end())
        if word.startswith("_"):
            problems.append(MalformedNumber.at(span, "an underscore separates two digits", "write `5_000`"))
        elif re.fullmatch(r"[eE]", word):
            problems.append(MalformedNumber.at(span, "the exponent is missing", f"write `{number}e3`"))
        else:
            problems.append(MalformedNumber.at(span, "a number runs into a name", f"write `{number} * {word}`"))
        return glued.end(), number
    if re.compile(r"\.(?![.*/^])").match(text, end):
        span = Span(source, start, end + 1)
        problems.append(MalformedNumber.at(span, "no digit after the point", f"write `{number}.0`"))
        return end + 1, number
    if end - start > 300 or float(number.replace("_", "")) == float("inf"):
        problems.append(MalformedNumber.at(Span(source, start, end), "too large", "write `inf` for infinity"))
        return end, "0"
    return end, number


def number_without_zero(source: Source, start: int, problems: list[Diagnostic]) -> tuple[int, str]:
    """`.5` at `start`; returns where it ends and `0.5`."""
    match = re.compile(r"\.[0-9]+(?:[eE][+-]?[0-9]+)?").match(source.text, start)
    assert match is not None
    span = Span(source, start, match.end())
    written = f"0{match.group()}"
    problems.append(MalformedNumber.at(span, "no digit before the point", f"write `{written}`"))
    return match.end(), written if float(written) < float("inf") else "0"


def not_a_letter(source: Source, start: int, end: int) -> Diagnostic:
    """A word with a character in it that is no letter, digit or underscore (`x²` is one word to Unicode)."""
    word = source.text[start:end]
    bad = next(
        (i for i, c in enumerate(word) if not f"a{c}".isidentifier() or (c.isnumeric() and not c.isdecimal())), 0
    )
    character = word[bad]
    helps = (f"write `{word[:bad]}^{character.translate(_SUPERSCRIPTS)}`",) if character in "¹²³" else ()
    return UnknownCharacter.at(Span(source, start + bad, start + bad + 1), character, helps)


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _one(source: Source, start: int) -> Span:
    return Span(source, start, start + 1)
