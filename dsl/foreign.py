"""What a file asks for from outside of the language: `extern` functions and solvers, laws that `bind` one."""

from __future__ import annotations

from collections.abc import Iterable

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.dsl.errors.running import ForeignCode
from pushforward.dsl.infer.taint import nodes_of

_HOW = "`--allow-extern` on the command line, `allow_extern=True` in Python, if you trust the file"


def refuse_foreign(items: Iterable[tree.Item]) -> None:
    """Raises ProgramError (PF711) with every declaration that would run foreign code."""
    found = tuple(d for item in items for d in _foreign(item))
    if found:
        raise ProgramError(*found)


def _foreign(item: tree.Item) -> Iterable[Diagnostic]:
    if not isinstance(item, tree.Function | tree.Distribution | tree.Algorithm):
        return
    for node in nodes_of(item):
        binds = isinstance(node, tree.Member) and node.name == "bind"
        if isinstance(node, tree.Extern) or binds:
            label = "this imports Python and calls it"
            yield ForeignCode.diagnostic(node.span, label, helps=(_HOW,), name=item.name)
