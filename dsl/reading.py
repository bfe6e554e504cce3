"""The LALR(1) reader: tokens and the automaton of `tables.py` in, nodes out.

It decides what a word means by asking the automaton what can come next (keywords.py), and it goes on after a mistake:
what has been read of the statement is dropped, the grammar's ERROR takes its place, and reading resumes at the next
line or brace. So a file's mistakes are reported together, at most one a statement.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pushforward.dsl import keywords
from pushforward.dsl.build import Build
from pushforward.dsl.lexing import Token
from pushforward.dsl.mistakes import Mistake, explain
from pushforward.dsl.source import Source
from pushforward.dsl.tables import Tables

_KINDS = {"number": "NUMBER", "string": "STRING", "break": "_SEP", "semicolon": "_SEP", "end": "$END"}


#: After so many mistakes the text is not read further: it is not a program.
_ENOUGH = 100


class _Mark(NamedTuple):
    """Where the statement began that is being read in a list of statements."""

    height: int  # of the stack
    depth: int  # of the brackets
    process: bool  # inside the body of a process
    token: int  # its first token


class Reader:
    """Reads one list of tokens from one start symbol. `result` is the node, where one could be made."""

    def __init__(self, source: Source, tokens: list[Token], tables: Tables, start: str) -> None:
        self.source, self.tokens, self.tables = source, tokens, tables
        self.build = Build(source)
        self.end_state = tables.ends[start]
        self.states = [tables.starts[start]]
        self.values: list[tuple[Any, int, int]] = []
        self.marks: list[_Mark | None] = []
        self.process_ahead = False
        self.last = ""  # the terminal before
        self.place = 0
        self.resumed = -1  # where reading went on after the last mistake

    def read(self) -> Any:
        """The node of the whole text; mistakes are in `build.problems`."""
        if self.can_take("ERROR"):
            self.marks.append(_Mark(1, 0, False, 0))
        while True:
            token = self.tokens[self.place]
            terminal = self.terminal(token)
            if terminal == "":
                self.place += 1
                continue
            if terminal == "$END" and self._take(token, terminal):
                return self.values[0][0]
            if terminal == "$END" or not self._take(token, terminal):
                if not self._recover(token, terminal):
                    return None
                continue
            self.last = terminal
            self._mark(token, terminal)
            self.place += 1

    # ------------------------------------------------------------ the automaton

    def can_take(self, terminal: str) -> bool:
        """Whether the automaton can shift this terminal now, after the reductions it calls for."""
        states, tables = self.states, self.tables
        top: list[int] = []  # states above the first `below` of the stack
        below = len(states)
        while True:
            state = top[-1] if top else states[below - 1]
            action = tables.states[state].get(terminal)
            if action is None:
                return False
            if action >= 0:
                return True
            rule = tables.rules[-1 - action]
            if rule.size <= len(top):
                del top[len(top) - rule.size :]
            else:
                below -= rule.size - len(top)
                top.clear()
            goto = tables.states[top[-1] if top else states[below - 1]][rule.origin]
            top.append(goto)

    def _take(self, token: Token, terminal: str) -> bool:
        """Reduce as far as needed and shift; False when the terminal does not fit, with the stack as it was."""
        if not self.can_take(terminal):
            return terminal == "$END" and self._finished()
        table, states, values = self.tables.states, self.states, self.values
        while True:
            action = table[states[-1]][terminal]
            if action >= 0:
                states.append(action)
                values.append((token, token.start, token.end))
                return True
            self._reduce(-1 - action, token)

    def _finished(self) -> bool:
        """The end of the text: reduce everything, if the automaton agrees."""
        states = list(self.states)
        table, rules = self.tables.states, self.tables.rules
        while states[-1] != self.end_state:
            action = table[states[-1]].get("$END")
            if action is None or action >= 0:
                return False
            rule = rules[-1 - action]
            del states[len(states) - rule.size :]
            states.append(table[states[-1]][rule.origin])
        while self.states[-1] != self.end_state:
            self._reduce(-1 - table[self.states[-1]]["$END"], self.tokens[-1])
        return True

    def _reduce(self, number: int, ahead: Token) -> None:
        rule = self.tables.rules[number]
        states, values = self.states, self.values
        if rule.size:
            parts = values[-rule.size :]
            del states[-rule.size :]
            del values[-rule.size :]
            start, end = parts[0][1], parts[-1][2]
        else:
            parts, start, end = [], ahead.start, ahead.start
        children: list[Any] = []
        for index, inlined in rule.keep:
            if index < 0:
                children.append(None)
            elif inlined:
                children.extend(parts[index][0])
            else:
                children.append(parts[index][0])
        if rule.lone_child and len(children) == 1:
            value = children[0]
        elif rule.build.startswith("_"):
            value = children
        else:
            self.build.start, self.build.end = start, end
            value = getattr(self.build, rule.build)(*children)
        values.append((value, start, end))
        states.append(self.tables.states[states[-1]][rule.origin])

    # ------------------------------------------------------------ what a token means

    def terminal(self, token: Token) -> str:
        """The terminal of a token here, or "" for a line break that ends nothing."""
        if token.kind == "word":
            return self._word(token, self.tokens[self.place + 1])
        if token.kind == "break":
            return self._break()
        if token.kind == "sign":
            return self.tables.terminals[token.text]
        return _KINDS[token.kind]

    def _word(self, word: Token, following: Token) -> str:
        keyword = self.tables.terminals.get(word.text)
        if keyword is None:
            return self._differential(word, following)
        before_equals = following.kind == "sign" and following.text == "="
        if word.text in keywords.RESERVED:
            in_record = bool(self.marks) and self.marks[-1] is None and self.last in ("LBRACE", "_SEP")
            is_label = self.last == "DOT" or (before_equals and (in_record or self.last in ("LPAR", "COMMA")))
            return "NAME" if is_label and self.can_take("NAME") else keyword
        if not self.can_take(keyword):
            return "NAME"
        if not self.can_take("NAME"):
            return keyword
        begins = keywords.BEGINS.get(word.text)
        return keyword if begins and begins(following) else "NAME"

    def _differential(self, word: Token, following: Token) -> str:
        if word.text[0] != "d" or len(word.text) < 2:
            return "NAME"
        mark = self.marks[-1] if self.marks else None
        if mark and mark.process and following.text == "=" and self.can_take("STATE"):
            return "STATE"
        if not keywords.is_differential(word.text) or not self.can_take("DIFFERENTIAL"):
            return "NAME"
        if word.text == "dt" and self.tokens[self.place - 1].text == "*":
            return "NAME"  # which is told: time is a number, and only noises are multiplied
        ends = following.kind in ("break", "semicolon", "end") or following.text in ("+", "-", "}")
        return "DIFFERENTIAL" if ends or not self.can_take("NAME") else "NAME"

    def _break(self) -> str:
        ahead, beyond = self.tokens[self.place + 1], self.tokens[min(self.place + 2, len(self.tokens) - 1)]
        terminal = self.tables.terminals.get(ahead.text, "")
        if ahead.kind == "word" and keywords.goes_on(ahead, beyond) and self.can_take(terminal):
            return ""
        if ahead.kind == "sign" and ahead.text == "{" and self.can_take(terminal):
            return ""
        before = self.tokens[self.place - 1].text
        if (before == ">" or (before in keywords.WANTS_MORE and self.last != "NAME")) and not self.can_take("_SEP"):
            return ""
        return "_SEP"

    def _begins_statement(self) -> bool:
        return self.can_take("ERROR")

    # ------------------------------------------------------------ statements and mistakes

    def _mark(self, token: Token, terminal: str) -> None:
        """Keep the book of where statements begin."""
        if terminal in ("MODEL", "OBJECTIVE", "PROBLEM", "PROCESS"):
            self.process_ahead = terminal == "PROCESS"
        elif terminal == "LBRACE":
            outer = next((mark for mark in reversed(self.marks) if mark), None)
            process = self.process_ahead or bool(outer and outer.process)
            self.process_ahead = False
            statements = self._begins_statement()
            self.marks.append(_Mark(len(self.states), token.depth + 1, process, self.place + 1) if statements else None)
        elif terminal == "RBRACE":
            self.marks.pop()
        elif terminal == "_SEP" and self.marks and self.marks[-1]:
            self.marks[-1] = self.marks[-1]._replace(height=len(self.states), token=self.place + 1)

    def _recover(self, token: Token, terminal: str) -> bool:
        """Report what is wrong at `token`, and go on with a repair or after the statement; False to give up."""
        if len(self.build.problems) >= _ENOUGH:
            return False
        mistake: Mistake = explain(self, token, terminal)
        if mistake.tokens is not None:
            self._report(mistake, self.place)
            self.tokens[self.place : self.place + mistake.used] = mistake.tokens
            return True
        if self.place == self.resumed:  # what ended that statement does not fit either: go on outside of it
            self.marks.pop()
        while self.marks and self.marks[-1] is None:
            self.marks.pop()
        mark = self.marks[-1] if self.marks else None
        if mark is None:
            self._report(mistake, self.place)
            return False
        self.place = self._statement_end(mark)
        self._report(mistake, self.place, mark.token)
        del self.states[mark.height :]
        del self.values[mark.height - 1 :]
        at = self.tokens[self.place]
        self.last, self.resumed = "ERROR", self.place
        return self._take(Token("word", "", at.start, at.start), "ERROR")

    def _statement_end(self, mark: _Mark) -> int:
        """The token that ends the statement being read: a separator or a closing brace at its depth, or the end."""
        place = self.place
        while True:
            token = self.tokens[place]
            if token.kind == "end" or (token.depth == mark.depth and token.kind in ("break", "semicolon")):
                return place
            if token.depth == mark.depth and token.kind == "sign" and token.text == "}":
                return place
            place += 1

    def _report(self, mistake: Mistake, end: int, begin: int | None = None) -> None:
        """Report, unless something in the statement has been reported already."""
        first = self.tokens[begin if begin is not None else self.place].start
        last = self.tokens[end].end
        if mistake.diagnostic and not any(first <= p.primary.span.start <= last for p in self.build.problems):
            self.build.problems.append(mistake.diagnostic)
