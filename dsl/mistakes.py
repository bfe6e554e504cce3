"""What is said about a token that does not fit.

`explain` tries the mistakes that can be recognised, from the most special to the most general, and ends with
"expected ..., found ...". A mistake whose meaning is clear also says which tokens to read instead, so that the rest of
the statement is still checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pushforward.dsl import keywords
from pushforward.dsl.diagnostic import Diagnostic
from pushforward.dsl.errors.characters import UnclosedString
from pushforward.dsl.errors.syntax import (
    ClauseOrder,
    ColonField,
    ColonRange,
    MissingLet,
    NotAStatement,
    ReservedWord,
    StanBlock,
    StanDeclaration,
    WordOperator,
)
from pushforward.dsl.expected import unexpected
from pushforward.dsl.lexing import Token
from pushforward.dsl.source import Span

if TYPE_CHECKING:
    from pushforward.dsl.reading import Reader


class Mistake(NamedTuple):
    """The report, if there is anything to say, and what to read instead of the next `used` tokens, if that is clear."""

    diagnostic: Diagnostic | None
    tokens: list[Token] | None = None
    used: int = 1


class Scene(NamedTuple):
    """Where the reader stands: the token that does not fit, and its statement so far."""

    reader: Reader
    token: Token
    terminal: str
    statement: list[Token]

    def span(self, first: Token, last: Token | None = None) -> Span:
        return Span(self.reader.source, first.start, (last or first).end)

    def instead(self, sign: str) -> list[Token]:
        """The token that does not fit, as another sign."""
        return [self.token._replace(kind="sign", text=sign)]

    def ahead(self, steps: int) -> Token:
        """The token that many places after the one that does not fit."""
        tokens = self.reader.tokens
        return tokens[min(self.reader.place + steps, len(tokens) - 1)]

    @property
    def before(self) -> Token | None:
        return self.statement[-1] if self.statement else None


def explain(reader: Reader, token: Token, terminal: str) -> Mistake:
    """What to say about `token`, which the automaton cannot take as `terminal`."""
    mark = next((mark for mark in reversed(reader.marks) if mark), None)
    begin = mark.token if mark else 0
    scene = Scene(reader, token, terminal, reader.tokens[begin : reader.place])
    for recognise in _RECOGNISERS:
        mistake = recognise(scene)
        if mistake:
            return mistake
    return Mistake(unexpected(scene))


# ---------------------------------------------------------------- signs with a clear meaning


def _closing_angle(scene: Scene) -> Mistake | None:
    """`real<lower=0>= 3`: two signs were read as one."""
    if scene.token.text != ">=" or not scene.reader.can_take("MORETHAN"):
        return None
    token = scene.token
    first = token._replace(text=">", end=token.start + 1)
    return Mistake(None, [first, token._replace(text="=", start=token.start + 1)])


def _colon(scene: Scene) -> Mistake | None:
    """`for i in 1:N`, `{a: 1}`, `f(tol: 1)`; and the colon that begins a block in Python."""
    if scene.token.text != ":":
        return None
    words = {token.text for token in scene.statement if token.kind == "word"}
    is_range = "for" in words and not any(token.text == ".." for token in scene.statement)
    if is_range and scene.reader.can_take(scene.reader.tables.terminals[".."]):
        return Mistake(ColonRange.at(scene.span(scene.token)), scene.instead(".."))
    before = scene.before
    if scene.reader.can_take("EQUAL") and before and before.kind == "word" and scene.token.depth > before.depth - 1:
        inside = scene.token.depth > (scene.statement[0].depth if scene.statement else 0)
        if inside:
            return Mistake(ColonField.at(scene.span(scene.token)), scene.instead("="))
    return None


def _single_quotes(scene: Scene) -> Mistake | None:
    """`'text'`: the single quote transposes."""
    if scene.token.text != "'" or not scene.reader.can_take("NUMBER"):
        return None
    steps = 1
    while scene.ahead(steps).kind not in ("break", "end") and scene.ahead(steps).text != "'":
        steps += 1
    if scene.ahead(steps).text != "'":
        return Mistake(UnclosedString.quoted_otherwise(scene.span(scene.token)))
    diagnostic = UnclosedString.quoted_otherwise(scene.span(scene.token, scene.ahead(steps)))
    return Mistake(diagnostic, [scene.token._replace(kind="string", text='""', end=scene.ahead(steps).end)], steps + 1)


def _word_operator(scene: Scene) -> Mistake | None:
    sign = {"and": "&&", "or": "||"}.get(scene.token.text)
    if sign and scene.token.kind == "word" and scene.reader.can_take(scene.reader.tables.terminals[sign]):
        diagnostic = WordOperator.at(scene.span(scene.token), scene.token.text, sign)
        return Mistake(diagnostic, scene.instead(sign))
    before = scene.before
    if before and before.text == "not" and scene.token.kind in ("word", "number") and scene.reader.last == "NAME":
        return Mistake(WordOperator.at(scene.span(before), "not", "!"))
    return None


# ---------------------------------------------------------------- other languages

_STAN_TYPES = (
    *("real", "int", "vector", "row_vector", "matrix", "array", "complex", "double", "float", "auto"),
    *("simplex", "ordered", "positive_ordered", "unit_vector", "cov_matrix", "corr_matrix"),
    *("cholesky_factor_corr", "cholesky_factor_cov"),
)

_STAN_BLOCKS = frozenset(
    ("data", "parameters", "model", "functions", "transformed data", "transformed parameters", "generated quantities")
)

_FOREIGN_WORDS = {
    **dict.fromkeys(("def", "function", "func", "fn", "functions"), "write `fun name(x: real) = e`, or with braces"),
    **dict.fromkeys(("var", "val", "const", "auto", "my"), "write `let`"),
    **dict.fromkeys(("elif", "elsif", "elseif"), "write `else if`"),
    **dict.fromkeys(("while", "repeat", "do", "until"), "write `for i in 0..N { ... }`, or a hole such as `fixpoint`"),
    **dict.fromkeys(("import", "using", "include", "library", "require"), "nothing is imported: the library is there"),
    **dict.fromkeys(("lambda",), "write `fun(x) = e`"),
    **dict.fromkeys(("class", "struct", "type", "data"), "write a record: `{a = 1, b = 2}`"),
    **dict.fromkeys(("reject", "assert", "raise", "throw"), "declare the type that excludes it"),
    **dict.fromkeys(("observe", "obs"), "write `y ~ d`: a name that has data is observed"),
    **dict.fromkeys(("foreach", "loop"), "write `for i in 0..N { ... }`"),
    **dict.fromkeys(("switch", "case", "match", "when"), "write `if c then a else b`"),
}


def _stan_declaration(scene: Scene) -> Mistake | None:
    """`real<lower=0> x`, `vector[N] y = e`, `array[N] int k`."""
    tokens = scene.statement
    if not tokens or tokens[0].text not in _STAN_TYPES or any(token.text in ("~", ":") for token in tokens):
        return None
    line = [*tokens]
    steps = 0
    while scene.ahead(steps).kind not in ("break", "semicolon", "end") and scene.ahead(steps).text != "}":
        if scene.ahead(steps).text == "=" and line[-1].text not in ("lower", "upper", "offset", "multiplier"):
            break
        line.append(scene.ahead(steps))
        steps += 1
    names = [i for i, token in enumerate(line) if token.kind == "word" and token.depth == tokens[0].depth]
    if len(names) < 2 or line[names[-1] - 1].text in ("=", "<", ","):
        return None
    name = line[names[-1]]
    type_text = " ".join(scene.span(line[0], line[names[-1] - 1]).text.split())
    if tokens[0].text == "array":
        size, _, element = type_text.removeprefix("array").partition("]")
        type_text = f"{element.strip()}{size}]"
    bound = scene.ahead(steps).text == "="
    written = f"let {name.text}: {type_text} = ..." if bound else f"{name.text}: {type_text}"
    return Mistake(StanDeclaration.at(scene.span(tokens[0], name), written))


def _stan_block(scene: Scene) -> Mistake | None:
    """`data {`, `transformed parameters {`, `model {`."""
    tokens = [*scene.statement, scene.token, scene.ahead(1)][:3]
    brace = next((i for i, token in enumerate(tokens) if token.text == "{"), 0)
    words = " ".join(token.text for token in tokens[:brace])
    if words not in _STAN_BLOCKS or scene.token.depth > 0:
        return None
    return Mistake(StanBlock.at(scene.span(tokens[0], tokens[brace - 1]), words))


def _foreign_word(scene: Scene) -> Mistake | None:
    """A keyword of another language, at the beginning of a statement or where it would stand there."""
    tokens = scene.statement
    for token in (*tokens[:1], scene.token, *tokens[-1:]):
        if token.kind == "word" and token.text in _FOREIGN_WORDS:
            if (
                token is not scene.token
                and len(tokens) > 1
                and token.text != "lambda"
                and tokens[1].text in ("=", "~", ":")
            ):
                continue
            return Mistake(NotAStatement.at(scene.span(token), token.text, _FOREIGN_WORDS[token.text]))
    return None


_BEGIN_STATEMENT = (
    *("model", "objective", "problem", "process", "fun", "distribution", "elementwise", "kinked"),
    *("let", "for", "if", "factor", "param", "return", "print", "minimize", "maximize", "subject"),
    *("expect", "argmin", "argmax", "root", "fixpoint", "saddle", "integrate", "bridge", "plot", "save"),
    *("sample", "simulate", "predict", "generate", "solve"),
)


def _mistyped(scene: Scene) -> Mistake | None:
    """`modle m()`, `retrun x`: two words in a row, and the first is nearly a keyword."""
    if len(scene.statement) != 1 or scene.token.kind not in ("word", "number"):
        return None
    word = scene.statement[0]
    if word.kind != "word" or word.text in _BEGIN_STATEMENT:
        return None
    near = _near(word.text)
    return Mistake(NotAStatement.at(scene.span(word), word.text, f"did you mean `{near}`?")) if near else None


def _near(word: str) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, _BEGIN_STATEMENT, 1, 0.7)), None)


# ---------------------------------------------------------------- forms of this language, not quite


def _for_parentheses(scene: Scene) -> Mistake | None:
    before = scene.before
    if scene.token.text == "(" and before and before.text == "for" and scene.reader.last == "FOR":
        return Mistake(ColonRange.parentheses(scene.span(scene.token)))
    return None


def _missing_let(scene: Scene) -> Mistake | None:
    """`x: real = 3`."""
    tokens = scene.statement
    if scene.token.text != "=" or len(tokens) < 3 or tokens[1].text != ":" or tokens[0].text in ("let", "param"):
        return None
    if scene.token.depth != tokens[0].depth:
        return None
    declared = scene.span(tokens[0], tokens[-1])
    return Mistake(MissingLet.at(scene.span(scene.token), declared.text)) if "\n" not in declared.text else None


def _clause_order(scene: Scene) -> Mistake | None:
    words = [token.text for token in scene.statement]
    if scene.token.text == "by" and ("@" in words or "by" in words):
        return Mistake(ClauseOrder.at(scene.span(scene.token), "by"))
    if scene.token.text == "@" and "@" in words:
        return Mistake(ClauseOrder.at(scene.span(scene.token), "@"))
    return None


def _reserved(scene: Scene) -> Mistake | None:
    if scene.token.kind != "word" or scene.token.text not in keywords.RESERVED:
        return None
    if not scene.reader.can_take("NAME") or scene.reader.can_take("NUMBER") or scene.reader.can_take("ERROR"):
        return None
    return Mistake(ReservedWord.at(scene.span(scene.token), scene.token.text))


_RECOGNISERS: tuple[Callable[[Scene], Mistake | None], ...] = (
    _closing_angle,
    _stan_block,
    _stan_declaration,
    _colon,
    _single_quotes,
    _word_operator,
    _foreign_word,
    _for_parentheses,
    _missing_let,
    _clause_order,
    _mistyped,
    _reserved,
)
