"""What a command is. A file of `commands/` holds one, and is named for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushforward.repl.loop import Repl


class Misused(Exception):
    """A command was given something else than it takes; the message says what."""


@dataclass(frozen=True)
class Command:
    """`:name FORM`. `run` gets what stands after the name, and may raise `Misused` and `ProgramError`."""

    name: str
    form: str
    sentence: str
    run: Callable[[Repl, str], None]


@cache
def commands() -> Mapping[str, Command]:
    """Every command, by name."""
    package = import_module("pushforward.repl.commands")
    found: dict[str, Command] = {}
    for name in sorted(m.name for m in iter_modules(package.__path__)):
        command = import_module(f"{package.__name__}.{name}").COMMAND
        assert command.name == name, f"{name}.py holds the command {command.name!r}"
        found[name] = command
    return MappingProxyType(found)
