"""The programs of the standard library: objectives, and guides made from a model.

pf.library.elbo(p, pf.library.mean_field(p))
"""

from __future__ import annotations

from typing import Any

from pushforward.api.objective import Objective
from pushforward.api.processes import ProcessTemplate
from pushforward.api.programs import Template
from pushforward.dsl import tree
from pushforward.dsl.infer.templates import is_template
from pushforward.dsl.processes.schemes import is_scheme
from pushforward.stdlib.catalogue import catalogue


class Library:
    """The objectives and guides of the library, and its processes that take programs, as attributes."""

    def __getattr__(self, name: str) -> Any:
        node = None if name.startswith("_") else catalogue().program(name)
        if node is None or not _shown(node):
            raise AttributeError(f"the library has no program {name!r}; it has {', '.join(dir(self))}")
        kinds = {"objective": Objective, "model": Template, "process": ProcessTemplate}
        return kinds[node.kind](node, tree.File((node,)))

    def __dir__(self) -> list[str]:
        return [p.name for p in catalogue().programs() if _shown(p)]


def _shown(node: tree.Program) -> bool:
    """Whether a program is given something in Python: a scheme is named, and so is a process of numbers."""
    return not is_scheme(node) and (node.kind != "process" or is_template(node))


library = Library()
