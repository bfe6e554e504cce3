"""The times of paths, in data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pushforward.runtime.unknown import Unknown

if TYPE_CHECKING:
    from pushforward.api.model import Model


def refuse_backward_times(model: Model, values: Mapping[str, Any]) -> None:
    """The times of a path are each later than the one before. Raises `DataError` (PF811)."""
    import numpy as np

    from pushforward.runtime.data import DataError
    from pushforward.runtime.data.problem import Problem

    problems = []
    for name in _times(model):
        found = values.get(name)
        if found is None or isinstance(found, Unknown) or np.ndim(found) != 1:
            continue
        backward = np.flatnonzero(~(np.diff(np.asarray(found, float)) > 0))
        if len(backward):
            i = int(backward[0])
            problems.append(
                Problem(
                    code="PF811", key=name, place=f"{name}[{i + 1}]", expected="times each later than the one before",
                    found=f"{float(found[i + 1]):g} after {float(found[i]):g}",
                    help="sort them, and give what is seen at one time once",
                )
            )  # fmt: skip
    if problems:
        raise DataError(tuple(problems))


def _times(model: Model) -> tuple[str, ...]:
    """The arguments that are the times of a path."""
    from pushforward.dsl import tree
    from pushforward.dsl.infer.taint import nodes_of

    if model.program.kind == "process":
        return ("times",)
    node = next((i for i in model.file.items if isinstance(i, tree.Program) and i.name == model.name), None) if (
        model.file is not None
    ) else None  # fmt: skip
    whole = () if node is None else nodes_of(node.body)
    at = (n.distribution.times for n in whole if isinstance(n, tree.Site) and isinstance(n.distribution, tree.At))
    formals = {p.name for p in model.program.parameters}
    return tuple(dict.fromkeys(t.id for t in at if isinstance(t, tree.Name) and t.id in formals))
