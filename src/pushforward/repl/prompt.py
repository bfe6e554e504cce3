"""Inputs from a terminal: prompt_toolkit with the language's own colours and completions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.lexers import Lexer

from pushforward.repl.completion import candidates, word_before
from pushforward.repl.highlighting import lines
from pushforward.repl.reading import complete

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

    from pushforward.evaluator.session import Session

PROMPT = "pf> "


class Colours(Lexer):
    """`highlighting.lines` for prompt_toolkit."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        found = lines(document.text)
        return lambda number: list(found[number]) if number < len(found) else []


class Words(Completer):
    """`completion.candidates` for prompt_toolkit."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        before = document.text_before_cursor
        start = -len(word_before(before))
        return (Completion(word, start) for word in candidates(self.session, before))


class Prompt:
    """Inputs as they are typed. Enter ends one when it is complete, and begins a new line of it when it is not.
    `history` is a file; `source` and `sink` are for tests.
    """

    def __init__(
        self, session: Session, history: Path | None, source: Input | None = None, sink: Output | None = None
    ) -> None:
        self.prompts: PromptSession[str] = PromptSession(
            PROMPT,
            lexer=Colours(),
            completer=Words(session),
            complete_while_typing=False,
            history=FileHistory(str(history)) if history is not None else InMemoryHistory(),
            auto_suggest=AutoSuggestFromHistory(),
            multiline=Condition(lambda: not complete(get_app().current_buffer.text)),
            prompt_continuation="... ".rjust(len(PROMPT)),
            input=source,
            output=sink,
        )

    def read(self) -> str | None:
        """The next input; None after ctrl-D. Raises `KeyboardInterrupt` after ctrl-C."""
        try:
            return self.prompts.prompt()
        except EOFError:
            return None
