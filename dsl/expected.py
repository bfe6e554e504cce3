"""The last resort of mistakes.py: what could have come, in words, and what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.dsl import keywords
from pushforward.dsl.diagnostic import Diagnostic, Label
from pushforward.dsl.errors.syntax import Unexpected
from pushforward.dsl.lexing import Token
from pushforward.dsl.operators import BINDING
from pushforward.dsl.source import Span

if TYPE_CHECKING:
    from pushforward.dsl.mistakes import Scene

#: After a complete operand these can always come; they are named only when nothing else is.
_GOES_ON = frozenset((*BINDING, ".", "(", "[", "'", "^", ".^", "by", "@", "subject", "from", "over", "for"))


def unexpected(scene: Scene) -> Diagnostic:
    """`expected ..., found ...` at the token that does not fit."""
    token = scene.token
    if token.kind in ("break", "semicolon", "end"):
        end = scene.before.end if scene.before else token.start
        span = Span(scene.reader.source, end, end)
    else:
        span = scene.span(token)
    return Unexpected.at(span, _expected(scene), _found(token), _context(scene), _helps(scene))


def _expected(scene: Scene) -> str:
    """What the automaton could take here, at most four things."""
    reader = scene.reader
    texts = {terminal: text for text, terminal in reader.tables.terminals.items()}
    possible = [terminal for terminal in reader.tables.states[reader.states[-1]] if reader.can_take(terminal)]
    if "ERROR" in possible:
        return "a statement or `}`" if scene.token.depth else "a declaration or a statement"
    words: list[str] = []
    if "NUMBER" in possible:
        words.append("an expression")
        possible = [terminal for terminal in possible if texts.get(terminal) in (")", "]", "}")]
    elif "NAME" in possible:
        words.append("a name")
    elif "STRING" in possible:
        words.append("a string")
    if "DIFFERENTIAL" in possible:
        words.append("`dt` or a noise such as `dW`")
    signs = sorted(texts[terminal] for terminal in possible if terminal in texts)
    words += [f"`{sign}`" for sign in signs if sign not in _GOES_ON and sign != ";"]
    if "_SEP" in possible and "`,`" not in words:
        words.append("the end of the line")
    if "STAR" in possible and scene.token.kind in ("word", "number", "string") and "else" not in signs:
        words.insert(0, "an operator")
    if not words:
        words = [f"`{sign}`" for sign in signs] or ["the end of the text"]
    if len(words) > 4:
        words = [word for word in words if len(word) < 5 or not word[1].isalpha()][:4] or words[:4]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _found(token: Token) -> str:
    match token.kind:
        case "break":
            return "the end of the line"
        case "end":
            return "the end of the text"
        case "number":
            return f"the number `{_short(token.text)}`"
        case "string":
            return "a string"
        case _:
            return f"`{_short(token.text)}`"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


def _context(scene: Scene) -> Label | None:
    """What is being read: the innermost open bracket, or the statement."""
    depth = scene.token.depth
    for token in reversed(scene.statement):
        if token.depth < depth and token.kind == "sign" and token.text in "([{":
            inside = {"(": "in these parentheses", "[": "in these brackets", "{": "in these braces"}
            return Label(scene.span(token), inside[token.text])
        depth = min(depth, token.depth)
    first = scene.statement[0] if scene.statement else None
    if first and first.kind == "word" and first is not scene.before:
        return Label(scene.span(first), "in the statement that begins here")
    return None


def _helps(scene: Scene) -> tuple[str, ...]:
    """Something to type, where the place suggests it."""
    reader, token, before = scene.reader, scene.token, scene.before
    words = [t.text for t in scene.statement]
    ends = token.kind in ("break", "semicolon", "end")
    terminals = reader.tables.terminals
    if reader.can_take("DIFFERENTIAL") and before and keywords.is_differential(before.text) and "*" in words:
        return (f"write `... {before.text}`, without `*` before it",)
    if words[:1] == ["dx"] or (words and keywords.is_differential(token.text) and reader.can_take("_SEP")):
        return ("differentials such as `dx = a dt + b dW` belong into a `process`",)
    if "if" in words and reader.can_take("ELSE") and "then" in words:
        return ("write `if c then a else b`; as a statement, `if c { ... } else { ... }`",)
    if token.text == ":" and scene.ahead(1).kind in ("break", "end"):
        return ("write `{ ... }` around the body",)
    if token.text == "{" and reader.can_take(terminals["("]) and len(words) == 2:
        return (f"write `{words[0]} {words[1]}() {{`",)
    if token.text == "," and words[:2] == ["print", "("]:
        return ("write `print a, b`, without parentheses",)
    if token.text == "," and reader.can_take(terminals[")"]):
        return ("write `[a, b]` for a list, `{a, b}` for a record",)
    if token.text == "if" and "for" in words:
        return ("there is no filter: write `if c then e else 0` for the element",)
    if token.text == "T" and "~" in words and scene.ahead(1).text in ("[", "("):
        return ("give the type that truncates: `y: real<lower=0> ~ ...`",)
    if token.text == "for" and "[" in words:
        return ("write `[e for i in 0..N]`",)
    is_value = token.kind in ("word", "number", "string") and reader.can_take(terminals["*"])
    if is_value and not ends and token.text not in keywords.RESERVED:
        return ("is a `,` or a `*` missing before this?",) if token.depth else ("is a `*` missing before this?",)
    return ()
