"""Which words are keywords, and where.

A few words are reserved. All others are keywords only where the grammar can take them as such and what follows them
fits: `at`, `by`, `over`, `step`, `sample` or `param` are names everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pushforward.dsl.lexing import Token

#: Never names, except after a `.` and before the `=` of an argument or a field.
RESERVED = frozenset(("let", "for", "if", "then", "else", "return", "true", "false", "fun"))

#: Words between two operands: after a complete operand no name can stand, so they need no look ahead.
BETWEEN = frozenset(
    ("in", "at", "by", "over", "from", "subject", "to", "under", "on", "then", "else", "takes", "needs")
)

#: A statement does not end with these, so the line break after one is no end.
WANTS_MORE = frozenset(("then", "else", "by", "at", "over", "from", "to", "under", "in", "return", "plugin"))


def _a_word(following: Token) -> bool:
    return following.kind == "word" and following.text not in BETWEEN and following.text != "for"


def _a_word_or(*signs: str) -> Callable[[Token], bool]:
    return lambda following: _a_word(following) or (following.kind == "sign" and following.text in signs)


def _an_operand(following: Token) -> bool:
    if following.kind == "sign":
        return following.text in ("(", "[", "{", "-", "+", "!")
    return following.kind in ("number", "string") or (
        following.kind == "word" and following.text not in ("then", "else")
    )


def _a_word_or_string(following: Token) -> bool:
    return following.kind == "string" or _a_word(following)


#: Words that begin something, where a name could stand as well: what must follow for the keyword.
BEGINS: Mapping[str, Callable[[Token], bool]] = {
    **dict.fromkeys(("model", "objective", "problem", "process", "distribution"), _a_word),
    **dict.fromkeys(("solver", "rule", "linear_solver"), _a_word),
    **dict.fromkeys(("elementwise", "kinked", "step", "param", "unsafe", "bind"), _a_word),
    **dict.fromkeys(("argmin", "argmax", "root", "fixpoint", "saddle", "solve"), _a_word),
    **dict.fromkeys(("sample", "simulate", "predict", "generate", "integrate"), _a_word_or("(")),
    **dict.fromkeys(("factor", "print", "plugin", "maximize", "minimize"), _an_operand),
    "bridge": lambda following: following.kind == "word" and following.text == "from",
    "extern": _a_word_or_string,
    "expect": _a_word_or("{"),
    "subject": lambda following: following.kind == "word" and following.text == "to",
}

#: A line that begins with one of these goes on with the last one, where the grammar can take it.
GOES_ON = frozenset(("else", "then", "by", "subject", "from", "to", "under", "over", "at", "for", "takes", "needs"))


def goes_on(word: Token, following: Token) -> bool:
    """Whether a word at the beginning of a line may be meant as a keyword that continues the line before."""
    if word.text not in GOES_ON:
        return False
    if word.text == "subject":
        return following.text == "to"
    if following.kind == "sign":
        return following.text in ("(", "[", "-", "{", "!")
    return following.kind not in ("break", "semicolon", "end")


def is_differential(word: str) -> bool:
    """`dt`, or the increment of a noise: `dW`, `dB2`."""
    return word == "dt" or (len(word) > 1 and word[0] == "d" and word[1].isupper())
