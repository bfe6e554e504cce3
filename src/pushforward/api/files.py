"""Text to checked programs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pushforward.api.model import Model
from pushforward.api.objective import Objective
from pushforward.api.programs import Template
from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.infer import infer
from pushforward.dsl.infer.templates import is_template
from pushforward.dsl.parse import parse
from pushforward.dsl.source import Source, Span
from pushforward.stdlib.catalogue import catalogue


@dataclass(frozen=True)
class Module:
    """A checked file: its models by name (also as attributes), the warnings, and the parts that have no
    meaning yet. `templates` are the programs that take programs: objectives, and guides made from a model.
    """

    source: Source
    models: Mapping[str, Model]
    warnings: tuple[Diagnostic, ...]
    not_yet: tuple[Diagnostic, ...]
    templates: Mapping[str, Template | Objective] = field(default_factory=dict)

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
        if name is None and len(self.models) == 1:
            return next(iter(self.models.values()))
        known = ", ".join(self.models) or "none"
        if not self.models and self.not_yet:
            raise ProgramError(*self.not_yet)
        title = f"no model called {name}" if name is not None else "which model is meant?"
        start = Span(self.source, 0, min(1, len(self.source.text)))
        helps = (f"choose one with --program: {known}",) if self.models else ()
        raise ProgramError(Diagnostic("PF701", "error", title, Label(start, f"the models here: {known}"), helps=helps))


def loads(text: str, name: str = "<text>") -> Module:
    """Check a program text. Raises `ProgramError` with every finding."""
    source = Source(name, text)
    file = parse(source)
    checked = infer(file, catalogue())
    nodes = {i.name: i for i in file.items if isinstance(i, tree.Program)}
    models = {p.name: Model(p, source, nodes[p.name], file) for p in checked.typed.programs if p.kind in ("model", "problem")}
    templates: dict[str, Template | Objective] = {}
    for name, node in nodes.items():
        if is_template(node, nodes) and node.kind in ("model", "objective"):
            templates[name] = (Objective if node.kind == "objective" else Template)(node, file)
    return Module(source, models, checked.warnings, checked.not_yet, templates)


def load(path: str | os.PathLike[str]) -> Module:
    """Read and check a `.pf` file. Raises `ProgramError` with every finding, `OSError` when the file cannot
    be read.
    """
    return loads(Path(path).read_text(encoding="utf-8"), str(path))
