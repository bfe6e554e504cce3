"""The programs of the standard library: objectives, and guides made from a model.

pf.library.elbo(p, pf.library.mean_field(p))
"""

from __future__ import annotations

from typing import Any

from pushforward.api.objective import Objective
from pushforward.api.programs import Template
from pushforward.dsl import tree
from pushforward.dsl.infer.templates import is_template
from pushforward.dsl.processes.schemes import is_scheme
from pushforward.stdlib.catalogue import catalogue


class Library:
    """The objectives and guides of the library, as attributes."""

    def __getattr__(self, name: str) -> Any:
        node = None if name.startswith("_") else catalogue().program(name)
        if node is None or is_scheme(node) or not _given_programs(node):
            raise AttributeError(f"the library has no program {name!r}; it has {', '.join(dir(self))}")
        kind = Objective if node.kind == "objective" else Template
        return kind(node, tree.File((node,)))

    def __dir__(self) -> list[str]:
        return [p.name for p in catalogue().programs() if not is_scheme(p) and _given_programs(p)]


def _given_programs(node: tree.Program) -> bool:
    """Whether a program of the library is given others: a process that is given none is written by its name in a file."""
    return node.kind != "process" or is_template(node)


library = Library()
