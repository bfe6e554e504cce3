"""From text to tokens: words, numbers, strings, signs, comments, and the ends of lines.

What a word means (a name or a keyword) is decided later, by where it stands. What is decided here is which line
breaks count: none inside ( ) and [ ], none after a sign that wants more and none before one that goes on.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple, TypeAlias

from pushforward.dsl import characters
from pushforward.dsl.diagnostic import Diagnostic
from pushforward.dsl.source import Source, Span
from pushforward.dsl.tree import Comment

Kind: TypeAlias = Literal["word", "number", "string", "sign", "break", "semicolon", "end"]


class Token(NamedTuple):
    """A piece of the text. `depth` counts the brackets that are open where it begins (before it, if it closes one)."""

    kind: Kind
    text: str
    start: int
    end: int
    depth: int = 0


class Lexed(NamedTuple):
    """The tokens (the last is of kind "end"), the comments, and what was wrong."""

    tokens: list[Token]
    comments: tuple[Comment, ...]
    problems: list[Diagnostic]


_TOKEN = re.compile(
    r"""
      (?P<blank> [^\S\n]+ )
    | (?P<newline> \n )
    | (?P<comment> \#[^\n]* )
    | (?P<foreign> //[^\n]* | /\*(?:[^*]|\*(?!/))*(?:\*/)? | \*\* | := | [-+*/]=(?!=) | %\*% | <> | & (?!&) )
    | (?P<number> [0-9](?:_?[0-9])* (?: \.[0-9](?:_?[0-9])* )? (?: [eE][+-]?[0-9]+ )? )
    | (?P<word> [^\W\d] [\w\u0300-\u036f]* )
    | (?P<string> "(?:[^"\\\n]|\\[^\n])*" )
    | (?P<sign> \.\.\. | \.\. | \.[*/^] | -> | <= | >= | == | != | && | \|\| | [-+*/^%<>=!|~:,;.@'()\[\]{}] )
    """,
    re.VERBOSE,
)

_WORD = re.compile(r"[^\W\d][\w\u0300-\u036f]*")

_OPERATORS = ("*", "/", "^", "%", ".*", "./", ".^", "..", "<", "<=", ">=", "==", "!=", "&&", "||", "|")

#: A statement cannot end with these, so the line break after one is no end. (`>` may end a type.)
_WANTS_MORE = frozenset((*_OPERATORS, "+", "-", "!", "=", "~", ",", "->", "@", "."))
#: A statement cannot begin with these, so the line break before one is no end.
_GOES_ON = frozenset((*_OPERATORS, ">", "=", "~", ",", "->", "@", ".", ")", "]"))


def lex(source: Source) -> Lexed:
    """All tokens of the text. Never raises: what cannot be read is reported and passed over."""
    text, position, length = source.text, 0, len(source.text)
    tokens: list[Token] = []
    comments: list[Comment] = []
    problems: list[Diagnostic] = []
    line_has_code = False
    while position < length:
        match = _TOKEN.match(text, position)
        start = position
        if match is None:
            position, token = characters.read_unknown(source, start, problems)
            if token:
                tokens.append(Token(token[0], token[1], start, position))
            line_has_code = True
            continue
        position = match.end()
        piece = match.group()
        kind = match.lastgroup
        if kind == "newline":
            tokens.append(Token("break", piece, start, position))
            line_has_code = False
            continue
        if kind == "blank":
            continue
        if kind == "comment":
            stripped = piece.rstrip()
            comments.append(Comment(stripped, line_has_code, span=Span(source, start, start + len(stripped))))
            continue
        line_has_code = True
        if kind == "foreign":
            replacement = characters.foreign(source, start, position, problems)
            if replacement:
                tokens.append(Token("sign", replacement, start, position))
        elif kind == "word":
            tokens.append(Token("word", _word(source, start, position, problems), start, position))
        elif kind == "number":
            position, piece = characters.check_number(source, start, position, problems)
            tokens.append(Token("number", piece, start, position))
        elif kind == "string":
            tokens.append(Token("string", piece, start, position))
        elif piece == "." and re.match(r"[0-9]", text[position : position + 1]):
            position, piece = characters.number_without_zero(source, start, problems)
            tokens.append(Token("number", piece, start, position))
        else:
            tokens.append(Token("semicolon" if piece == ";" else "sign", piece, start, position))
    tokens.append(Token("end", "", length, length))
    return Lexed(tokens, tuple(comments), problems)


def _word(source: Source, start: int, end: int, problems: list[Diagnostic]) -> str:
    """The name as Python will know it: `µ` of the keyboard and `μ` of the alphabet are one letter."""
    word = source.text[start:end]
    if not word.isascii():
        normal = unicodedata.normalize("NFKC", word)
        known = _WORD.fullmatch(normal) and word.isidentifier() and normal.isidentifier()
        if not known or any(c.isnumeric() and not c.isdecimal() for c in word):
            problems.append(characters.not_a_letter(source, start, end))
        return normal
    return word


def join_lines(tokens: list[Token]) -> list[Token]:
    """Drop the line breaks that end nothing, and all but one of several in a row.

    `tokens` have their brackets matched and their depth set (brackets.py). Breaks before words such as `else` or `by`
    are left for the reader, who knows whether the word can go on there.
    """
    kept: list[Token] = []
    open_brackets: list[str] = []
    for token in tokens:
        if token.kind in ("break", "semicolon"):
            inside = bool(open_brackets) and open_brackets[-1] != "{"
            last = kept[-1] if kept else None
            if token.kind == "break" and (inside or last is None or (last.kind == "sign" and last.text in _WANTS_MORE)):
                continue
            if last is None or last.kind in ("break", "semicolon") or (last.kind == "sign" and last.text == "{"):
                continue
            kept.append(token)
            continue
        if kept and kept[-1].kind in ("break", "semicolon"):
            closes = token.kind == "end" or (token.kind == "sign" and token.text == "}")
            if closes or (kept[-1].kind == "break" and token.kind == "sign" and token.text in _GOES_ON):
                kept.pop()
        if token.kind == "sign":
            if token.text in "([{":
                open_brackets.append(token.text)
            elif token.text in ")]}" and open_brackets:
                open_brackets.pop()
        kept.append(token)
    return kept
