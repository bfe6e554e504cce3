"""The words of scripts, for the checker: it judges a script before anything of it runs, and knows no evaluator."""

from __future__ import annotations

from functools import cache

from pushforward.dsl.infer.scripts import Vocabulary
from pushforward.evaluator.registry import builtins, verbs


@cache
def vocabulary() -> Vocabulary:
    """The functions and verbs that there are."""
    found = builtins().values()
    return Vocabulary(
        functions=frozenset(b.name for b in found),
        effects=frozenset(b.name for b in found if b.effect),
        verbs=frozenset(verbs()),
    )
