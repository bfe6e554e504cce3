"""What names mean: values, and the declarations of the files read so far. A redefinition replaces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.infer import Declarations, FileLibrary, typed_library
from pushforward.stdlib.catalogue import catalogue

if TYPE_CHECKING:
    from pushforward.api.model import Model
    from pushforward.evaluator.values import Value


@dataclass
class Environment:
    """`scopes` hold values, from the outermost; a block of a loop or an `if` has one of its own. Models are typed when
    they are first used, and again after a function they may call was replaced.
    """

    scopes: list[dict[str, Value]] = field(default_factory=lambda: [{}])
    programs: dict[str, tree.Program] = field(default_factory=dict)
    functions: dict[str, tuple[tree.Function, ...]] = field(default_factory=dict)
    laws: dict[str, tree.Distribution] = field(default_factory=dict)
    algorithms: dict[str, tree.Algorithm] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    version: int = 0  # of the declarations
    _known: Declarations | None = None

    def lookup(self, name: str) -> Value | None:
        """The value of a name, innermost first."""
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def define(self, name: str, value: Value) -> None:
        """Bind a name, in the innermost block."""
        self.scopes[-1][name] = value
        if len(self.scopes) == 1:
            self.programs.pop(name, None)  # the newer meaning counts
            self.models.pop(name, None)

    @contextmanager
    def block(self) -> Iterator[None]:
        """What is bound inside is forgotten at the end."""
        self.scopes.append({})
        try:
            yield
        finally:
            self.scopes.pop()

    def names(self) -> tuple[str, ...]:
        """The names of values and programs."""
        return tuple(dict.fromkeys((*(n for scope in self.scopes for n in scope), *self.programs)))

    def declare(self, items: tuple[tree.Program | tree.Function | tree.Distribution | tree.Algorithm, ...]) -> None:
        """Take declarations; those of the same names are replaced."""
        fresh: dict[str, tuple[tree.Function, ...]] = {}
        for item in items:
            self.scopes[0].pop(item.name, None)
            match item:
                case tree.Program():
                    self.programs[item.name] = item
                case tree.Function():
                    fresh[item.name] = (*fresh.get(item.name, ()), item)
                case tree.Distribution():
                    self.laws[item.name] = item
                case tree.Algorithm():
                    self.algorithms[item.name] = item
        self.functions |= fresh
        self.models.clear()
        self.version += 1
        self._known = None

    def declared(self) -> tuple[tree.Item, ...]:
        """The functions, distributions and solvers declared so far."""
        functions = (f for forms in self.functions.values() for f in forms)
        return (*functions, *self.laws.values(), *self.algorithms.values())

    @property
    def file(self) -> tree.File:
        """All declarations so far, as one file."""
        return tree.File((*self.declared(), *self.programs.values()))

    def program(self, name: str) -> tree.Program | None:
        """The program of this name: declared, or of the library."""
        return self.programs.get(name) or catalogue().program(name)

    @property
    def known(self) -> Declarations:
        """The declarations that programs and expressions can refer to, those of the library behind them."""
        if self._known is None:
            file = tree.File((*self.declared(), *self.programs.values()))
            programs = tuple(self.programs.values())
            self._known = Declarations(FileLibrary(file), typed_library(catalogue()), programs)
        return self._known
