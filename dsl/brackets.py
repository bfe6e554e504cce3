"""Brackets are matched before anything is read, so that one that is missing is one finding at its own place.

After `match_brackets` every bracket has its partner: a closing bracket that closes nothing is gone, and a missing one
has been put at the end of the line where its opening one stands.
"""

from __future__ import annotations

from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.dsl.errors.brackets import NothingToClose, TooDeep, Unclosed
from pushforward.dsl.errors.characters import UnclosedString
from pushforward.dsl.lexing import Token
from pushforward.dsl.source import Source, Span

DEPTH_LIMIT = 200

_PARTNER = {"(": ")", "[": "]", "{": "}"}
#: A line inside ( ) or [ ] does not begin with these: the bracket has been forgotten.
_BEGINS_STATEMENT = frozenset(("let", "return", "model", "objective", "problem", "process", "distribution"))


def match_brackets(source: Source, tokens: list[Token], problems: list[Diagnostic]) -> list[Token]:
    """The tokens with every bracket matched and every depth set; what was wrong is appended to `problems`."""
    return _Matcher(source, tokens, problems).match()


class _Matcher:
    def __init__(self, source: Source, tokens: list[Token], problems: list[Diagnostic]) -> None:
        self.source, self.tokens, self.problems = source, tokens, problems
        self.kept: list[Token] = []
        self.open: list[int] = []  # places in `kept`
        self.suspect: Token | None = None  # a `{` whose `}` stood in another column

    def match(self) -> list[Token]:
        for number, token in enumerate(self.tokens):
            if self._begins_line(number) and self._out_of_place(number):
                self._close_forgotten(
                    token, down_to_brace=token.text not in _BEGINS_STATEMENT or not self._declares(number)
                )
            if token.kind == "end":
                self._close_forgotten(token, down_to_brace=False)
            if token.kind != "sign" or token.text not in "()[]{}":
                self._keep(token)
            elif token.text in _PARTNER:
                self._open(token)
            else:
                self._close(token, self._begins_line(number))
        return self.kept

    def _keep(self, token: Token) -> None:
        self.kept.append(token._replace(depth=len(self.open)))

    def _open(self, token: Token) -> None:
        if len(self.open) >= DEPTH_LIMIT:
            raise ProgramError(TooDeep.at(Span(self.source, token.start, token.end), DEPTH_LIMIT))
        self._keep(token)
        self.open.append(len(self.kept) - 1)

    def _close(self, token: Token, begins_line: bool) -> None:
        span = Span(self.source, token.start, token.end)
        kinds = [self.kept[i].text for i in self.open]
        if not any(_PARTNER[kind] == token.text for kind in kinds):
            if kinds and token.text != "}" and kinds[-1] != "{":
                opener, partner = self.kept[self.open[-1]], _PARTNER[kinds[-1]]
                opened = Span(self.source, opener.start, opener.end)
                self.problems.append(NothingToClose.of_another_kind(span, token.text, opened, partner))
                self._keep(token._replace(text=partner))
                self.open.pop()
            else:
                self.problems.append(NothingToClose.at(span, token.text))
            return
        while _PARTNER[self.kept[self.open[-1]].text] != token.text:
            if self._reaches_back(self.kept[self.open[-1]], token):
                self.problems.append(NothingToClose.at(span, token.text))
                return
            self._close_innermost(token)
        opener = self.kept[self.open[-1]]
        if token.text == "}" and begins_line and self._indent(opener.start) != self._indent(token.start):
            self.suspect = self.suspect or opener
        self._keep(token)
        self.open.pop()

    def _close_forgotten(self, noticed: Token, down_to_brace: bool) -> None:
        """Close what is open at `noticed`; with `down_to_brace` only the round and square brackets."""
        if not down_to_brace and self.suspect and any(self.kept[i].text == "{" for i in self.open):
            self._report(self.suspect, noticed)
            while self.open:
                self._close_innermost(noticed, silent=True)
        while self.open and not (down_to_brace and self.kept[self.open[-1]].text == "{"):
            self._close_innermost(noticed, silent=len(self.open) > 1 and not down_to_brace)
        self.suspect = None

    def _close_innermost(self, noticed: Token, silent: bool = False) -> None:
        place = self.open.pop()
        opener = self.kept[place]
        if not silent:
            self._report(opener, noticed)
        partner = _PARTNER[opener.text]
        if partner == "}":
            at = noticed.start
            self.kept.append(Token("sign", partner, at, at, len(self.open) + 1))
            if noticed.kind != "end":
                self.kept.append(Token("break", "\n", at, at, len(self.open)))
            return
        inside = len(self.open) + 1
        ends = (i for i in range(place, len(self.kept)) if self.kept[i][::4] == ("break", inside))
        end = next(ends, len(self.kept))
        at = self.kept[end - 1].end
        self.kept.insert(end, Token("sign", partner, at, at, len(self.open) + 1))
        for i in range(end + 1, len(self.kept)):
            self.kept[i] = self.kept[i]._replace(depth=max(0, self.kept[i].depth - 1))

    def _report(self, opener: Token, noticed: Token) -> None:
        line = self.source.position(opener.start)[0]
        if any(p.code == UnclosedString.code and p.primary.span.line == line for p in self.problems):
            return  # the string has swallowed the closing bracket
        span, seen = (Span(self.source, t.start, t.end) for t in (opener, noticed))
        self.problems.append(Unclosed.at(span, opener.text, _PARTNER[opener.text], seen))

    def _reaches_back(self, opener: Token, closer: Token) -> bool:
        """Whether `)` or `]` would have to close a brace of another line: then it is the one that is too many."""
        lines = (self.source.position(token.start)[0] for token in (opener, closer))
        return opener.text == "{" and len(set(lines)) > 1

    def _begins_line(self, number: int) -> bool:
        return number == 0 or self.tokens[number - 1].kind == "break"

    def _declares(self, number: int) -> bool:
        """Whether a declaration begins here: `model name`, at the left margin."""
        token, following = self.tokens[number], self.tokens[number + 1]
        return token.text not in ("let", "return") and following.kind == "word" and self._indent(token.start) == 0

    def _out_of_place(self, number: int) -> bool:
        """Whether a line that begins with this token cannot be inside the brackets that are open."""
        token = self.tokens[number]
        if not self.open or token.kind != "word" or token.text not in _BEGINS_STATEMENT:
            return self._is_site(number)
        following = self.tokens[number + 1]
        if following.kind == "end" or (following.kind == "sign" and following.text in ("=", ",", ")", "]", ".")):
            return False
        return self.kept[self.open[-1]].text != "{" or self._declares(number)

    def _is_site(self, number: int) -> bool:
        """Whether `name ~` begins a line inside round or square brackets."""
        if not self.open or self.kept[self.open[-1]].text == "{" or self.tokens[number].kind != "word":
            return False
        following = self.tokens[number + 1]
        return following.kind == "sign" and following.text == "~"

    def _indent(self, offset: int) -> int:
        """The column at which the line of an offset begins."""
        start = self.source.text.rfind("\n", 0, offset) + 1
        line = self.source.text[start:offset]
        return len(line) - len(line.lstrip())
