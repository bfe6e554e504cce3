"""Colours of an input, from the tokens of the language itself."""

from __future__ import annotations

from collections.abc import Iterator

from pushforward.dsl.keywords import BEGINS, RESERVED
from pushforward.dsl.lexing import Token, lex
from pushforward.dsl.source import Source

STYLES = {
    "keyword": "bold ansiblue",
    "number": "ansicyan",
    "string": "ansigreen",
    "comment": "italic ansibrightblack",
    "random": "bold ansimagenta",
}
_ALWAYS = RESERVED - {"true", "false"}


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text cut into (kind, text), kinds being the keys of `STYLES` and `` for everything else. Joined again, they
    are the text.
    """
    lexed = lex(Source("", text))
    tokens = [t for t in lexed.tokens if t.end > t.start]
    following = [*tokens[1:], lexed.tokens[-1]]
    marked = [(t.start, t.end, _kind(t, after)) for t, after in zip(tokens, following, strict=False)]
    marked += [(c.span.start, c.span.end, "comment") for c in lexed.comments]
    place = 0
    for start, end, kind in sorted(marked):
        if kind and start >= place:
            yield "", text[place:start]
            yield kind, text[start:end]
            place = end
    yield "", text[place:]


def _kind(token: Token, after: Token) -> str:
    match token.kind:
        case "number" | "string":
            return token.kind
        case "word" if token.text in ("true", "false"):
            return "number"
        case "word" if token.text in _ALWAYS or token.text in ("by", "print"):
            return "keyword"
        case "word" if token.text in BEGINS and BEGINS[token.text](after):
            return "keyword"
        case "sign" if token.text in ("~", "@"):
            return "random"
        case _:
            return ""


def lines(text: str) -> list[list[tuple[str, str]]]:
    """The same, a list a line, with styles for prompt_toolkit."""
    found: list[list[tuple[str, str]]] = [[]]
    for kind, piece in pieces(text):
        first, *rest = piece.split("\n")
        found[-1].append((STYLES.get(kind, ""), first))
        found += [[(STYLES.get(kind, ""), line)] for line in rest]
    return found
