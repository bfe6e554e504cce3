"""Text to checked programs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pushforward.api.model import Model
from pushforward.api.objective import Objective
from pushforward.api.processes import ProcessTemplate
from pushforward.api.programs import Template
from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.foreign import refuse_foreign
from pushforward.dsl.infer import Declarations, FileLibrary, Inferred, infer, typed_library
from pushforward.dsl.infer.templates import is_template
from pushforward.dsl.parse import parse
from pushforward.dsl.processes import written_out
from pushforward.dsl.source import Source, Span
from pushforward.stdlib.catalogue import catalogue


@dataclass(frozen=True)
class Module:
    """A checked file: its models by name (also as attributes), the warnings, and the parts that have no
    meaning yet. `templates` are the programs that take programs: objectives, guides made from a model,
    Langevin processes.
    """

    source: Source
    models: Mapping[str, Model]
    warnings: tuple[Diagnostic, ...]
    not_yet: tuple[Diagnostic, ...]
    templates: Mapping[str, Template | Objective | ProcessTemplate] = field(default_factory=dict)
    file: tree.File = field(default=tree.File(()), repr=False)
    scripted: bool = False  # whether statements stand at the top level

    def __getattr__(self, name: str) -> Any:
        found = self.models.get(name) or self.templates.get(name)
        if found is None:
            known = ", ".join((*self.models, *self.templates)) or "none"
            raise AttributeError(f"{self.source.name} has no program {name!r}; it has {known}")
        return found

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.models, *self.templates]

    def only(self, name: str | None = None) -> Model:
        """The model called `name`, or the only one of the file. Raises `ProgramError` (PF701) when that is
        not clear.
        """
        if name is not None and name in self.models:
            return self.models[name]
        # a process beside a model is there for the model
        first = [m for m in self.models.values() if m.program.kind != "process"] or list(self.models.values())
        if name is None and len(first) == 1:
            return first[0]
        known = ", ".join(self.models) or "none"
        if not self.models and self.not_yet:
            raise ProgramError(*self.not_yet)
        title = f"no model called {name}" if name is not None else "which model is meant?"
        start = Span(self.source, 0, min(1, len(self.source.text)))
        helps = (f"choose one with --program: {known}",) if self.models else ()
        raise ProgramError(Diagnostic("PF701", "error", title, Label(start, f"the models here: {known}"), helps=helps))


#: The kinds of programs that mean something by themselves.
_SOLITARY = ("model", "problem", "process")


def loads(text: str, name: str = "<text>", *, allow_extern: bool = False) -> Module:
    """Check a program text. `allow_extern`: it may run Python that it names by `extern` and `bind`. Raises
    `ProgramError` with every finding."""
    source = Source(name, text)
    file = parse(source)
    if not allow_extern:
        found = infer(file, catalogue())
        refuse_foreign(file.items)
        return _module(file, source, found)
    return checked(file, source)


def checked(file: tree.File, source: Source) -> Module:
    """A file that is a tree, checked. Raises `ProgramError` with every finding."""
    return _module(file, source, infer(file, catalogue()))


def _module(file: tree.File, source: Source, found: Inferred) -> Module:
    nodes = {i.name: i for i in file.items if isinstance(i, tree.Program)}
    known = Declarations(FileLibrary(file), typed_library(catalogue()), tuple(nodes.values()))
    models = {
        p.name: Model(p, source, written_out(known, nodes[p.name]), file)
        for p in found.typed.programs
        if p.kind in _SOLITARY
    }
    kinds: dict[str, type[Template | Objective | ProcessTemplate]] = {
        "objective": Objective, "model": Template, "process": ProcessTemplate,
    }  # fmt: skip
    templates = {n: kinds[p.kind](p, file) for n, p in nodes.items() if p.kind in kinds and is_template(p, nodes)}
    declarations = (tree.Program, tree.Function, tree.Distribution)
    scripted = any(not isinstance(i, declarations) for i in file.items)
    return Module(source, models, found.warnings, found.not_yet, templates, file, scripted)


def load(path: str | os.PathLike[str], *, allow_extern: bool = False) -> Module:
    """Read and check a `.pf` file; `allow_extern` as in `loads`. Raises `ProgramError` with every finding, `OSError`
    when the
    file cannot be read.
    """
    return loads(Path(path).read_text(encoding="utf-8"), str(path), allow_extern=allow_extern)
