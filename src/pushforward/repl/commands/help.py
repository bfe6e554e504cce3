"""`:help [NAME]`: what there is, or what is known of a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pushforward.repl.registry import Command, Misused, commands

if TYPE_CHECKING:
    from pushforward.repl.loop import Repl


def run(repl: Repl, text: str) -> None:
    """Write the commands, functions and verbs, or the documentation of a name."""
    lines = list(_about(repl, text.removeprefix(":")) if text else _everything())
    if not lines:
        raise Misused(f"nothing is known of {text!r}")
    repl.host.write("\n".join(lines))


def _everything() -> Iterator[str]:
    from pushforward.evaluator.registry import builtins, verbs

    rows = [(f":{c.name} {c.form}".rstrip(), c.sentence) for c in commands().values()]
    yield from _table("commands", rows)
    yield from _table("functions", [(b.form, b.sentence) for b in builtins().values()])
    yield from _table("verbs", [(f"{v.name} ...", v.sentence) for v in verbs().values()])
    yield ":help NAME tells more, also of functions and distributions of the library"


def _table(title: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    width = max(len(first) for first, _ in rows)
    yield title
    yield from (f"  {first.ljust(width)}  {second}" for first, second in rows)


def _about(repl: Repl, name: str) -> Iterator[str]:
    """Everything of that name: a command, a function or verb of scripts, a declaration."""
    from pushforward.evaluator.registry import builtins, verbs
    from pushforward.evaluator.settings import shown

    if name in commands():
        command = commands()[name]
        yield f":{command.name} {command.form}".rstrip() + f"    {command.sentence}"
    if name in builtins():
        yield f"{builtins()[name].form}    {builtins()[name].sentence}"
    if name in verbs():
        yield f"{name} ...    {verbs()[name].sentence}"
        for algorithm in verbs()[name].algorithms():
            yield f"  by {algorithm.name}({shown(algorithm)})    {algorithm.sentence}"
    yield from _declared(repl, name)


def _declared(repl: Repl, name: str) -> Iterator[str]:
    """Programs, functions and distributions of the session, then of the library: heads and documentation."""
    from pushforward.dsl import tree
    from pushforward.stdlib.catalogue import catalogue

    environment = repl.session.environment
    found: list[tree.Program | tree.Function | tree.Distribution] = []
    if name in environment.programs:
        found.append(environment.programs[name])
    elif (sampler := next((s for s in catalogue().samplers() if s.name == name), None)) is not None:
        found.append(sampler)
    found += environment.functions.get(name) or catalogue().functions(name)
    law = environment.laws.get(name) or catalogue().distribution(name)
    for item in (*found, *((law,) if law is not None else ())):
        head = item.span.text.strip().splitlines()[0].rstrip(" {=(")
        yield head
        yield from (f"    {line}".rstrip() for line in item.doc.splitlines())


COMMAND = Command("help", "[NAME]", "what there is, or what is known of a name", run)
