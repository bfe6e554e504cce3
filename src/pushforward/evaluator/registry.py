"""The open things of this room: a file of a folder holds one constant, and is named as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pushforward.dsl import tree
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session
    from pushforward.evaluator.values import Value


@dataclass(frozen=True)
class Argument:
    """A value with the place where it was given."""

    value: Value
    span: Span


@dataclass(frozen=True)
class Builtin:
    """A function of scripts. `parameters` are its names in order, of which the first `required` must be given.
    `effect`: it is called for what it does, and gives nothing back. `foresee` is what it does in a rehearsal: nothing,
    where there is none.
    """

    name: str
    sentence: str
    parameters: tuple[str, ...]
    required: int
    run: Callable[[Session, Mapping[str, Argument], Span], Value | None]
    effect: bool = False
    foresee: Callable[[Session, Mapping[str, Argument], Span], Value | None] | None = None

    @property
    def form(self) -> str:
        """`plot(value, path)`, what may be left out in brackets."""
        shown = [p if i < self.required else f"[{p}]" for i, p in enumerate(self.parameters)]
        return f"{self.name}({', '.join(shown)})"


@dataclass(frozen=True)
class Setting:
    """A setting of an algorithm: `read` gives what the algorithm takes, or raises `ValueError` with what it should be
    (`a whole number of at least 1`). `default` is shown; None means that it is decided when it runs.
    """

    name: str
    read: Callable[[Value], Any]
    default: Any = None


@dataclass(frozen=True)
class Algorithm:
    """What may stand after `by`. Positional settings are the first ones, in order."""

    name: str
    sentence: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class Running:
    """A run that was asked for: `sample OPERAND by ALGORITHM(settings)`. `seed` is that of the session unless the
    settings give one; settings that were not given have their defaults. `count` is the number after the operand, as in
    `generate p 1000`; `chosen`, whether an algorithm was named.
    """

    session: Session
    operand: Argument
    algorithm: Algorithm
    settings: Mapping[str, Any]
    seed: int
    span: Span
    count: int | None = None
    chosen: bool = True


@dataclass(frozen=True)
class Verb:
    """A verb of scripts. The first of its algorithms is the default one. `run` may raise `ProgramError`; `foresee`
    raises it for what can be known before it runs, and tells what the value will be."""

    name: str
    sentence: str
    algorithms: Callable[[], tuple[Algorithm, ...]]
    run: Callable[[Running], Value]
    foresee: Callable[[Running], Value]
    own: Callable[[Session], tuple[Algorithm, ...]] = lambda session: ()  # those that a session declares


@dataclass(frozen=True)
class ProgramKind:
    """What a program of a kind is as a value: by its name alone (`named`), and with arguments (`applied`; each with its
    name where one was given).
    """

    name: str
    named: Callable[[Session, tree.Program], Value]
    applied: Callable[[Session, tree.Program, tuple[tuple[str | None, Argument], ...], Span], Value]


def _scan(folder: str, constant: str) -> Mapping[str, Any]:
    package = import_module(f"pushforward.evaluator.{folder}")
    names = sorted(m.name for m in iter_modules(package.__path__))
    found = {name: getattr(import_module(f"{package.__name__}.{name}"), constant) for name in names}
    for name, record in found.items():
        assert record.name == name, f"{name}.py holds {record.name!r}"
    return MappingProxyType(found)


@cache
def builtins() -> Mapping[str, Builtin]:
    """The functions of scripts, by name."""
    return _scan("builtins", "BUILTIN")


@cache
def verbs() -> Mapping[str, Verb]:
    """The verbs of scripts, by name."""
    return _scan("verbs", "VERB")


@cache
def kinds() -> Mapping[str, ProgramKind]:
    """What programs are as values, by kind."""
    return _scan("programs", "PROGRAM")
