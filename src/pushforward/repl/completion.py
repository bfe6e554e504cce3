"""What may be typed next: names, keywords, functions, parts of a value, algorithms, commands."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pushforward.dsl.keywords import BEGINS, BETWEEN, RESERVED
from pushforward.evaluator.registry import builtins, verbs
from pushforward.repl.registry import commands
from pushforward.stdlib.catalogue import catalogue

if TYPE_CHECKING:
    from pushforward.evaluator.session import Session
    from pushforward.evaluator.values import Value

_PATH = re.compile(r"((?:[^\W\d]\w*\.)+)(\w*)$")
_WORD = re.compile(r"[^\W\d]\w*$")


def candidates(session: Session, before: str) -> tuple[str, ...]:
    """The completions of the word that ends at the cursor, `before` being the input up to it; in order."""
    if re.fullmatch(r"\s*:\w*", before):
        return _starting(before.strip()[1:], commands())
    if before.count('"') % 2:
        return ()
    path = _PATH.search(before)
    if path is not None:
        return _starting(path[2], _parts(session, path[1].removesuffix(".").split(".")))
    word = _WORD.search(before)
    if word is None:
        return ()
    if re.search(r"\bby\s+\w*$", before):
        return _starting(word[0], {a.name: a for verb in verbs().values() for a in verb.algorithms()})
    environment = session.environment
    mine = {**dict.fromkeys(environment.names()), **environment.functions, **environment.laws}
    return tuple(dict.fromkeys((*_starting(word[0], mine), *_starting(word[0], _words()))))


def word_before(before: str) -> str:
    """The part of a word that is there already."""
    found = re.search(r"\w*$", before)
    return found[0] if found is not None else ""


@cache
def _words() -> dict[str, None]:
    return dict.fromkeys((*builtins(), *RESERVED, *BEGINS, *BETWEEN, *catalogue().names()))


def _starting(start: str, words: object) -> tuple[str, ...]:
    assert hasattr(words, "__iter__")
    return tuple(sorted(w for w in words if w.startswith(start)))


def _parts(session: Session, names: list[str]) -> dict[str, Value]:
    """The parts of `a.b`, as far as they are there already: nothing is computed to complete a word."""
    from pushforward.evaluator.values import Compound

    value = session.environment.lookup(names[0])
    for name in names[1:]:
        value = value.parts().get(name) if isinstance(value, Compound) else None
    return dict(value.parts()) if isinstance(value, Compound) else {}
