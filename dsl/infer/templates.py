"""Programs that take programs, or draw from them: objectives, models such as `mean_field(p: model)`, nested models.

What they mean depends on what they are given, so they are typed where they are given it (`dsl.instantiate`); by
themselves only their names are looked at.
"""

from __future__ import annotations

from collections.abc import Collection

from pushforward.dsl import tree
from pushforward.dsl.infer.declarations import Declarations
from pushforward.dsl.infer.later import resolve_names
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.networks import kinds

PROGRAM_TYPES = ("model", "process")


def is_template(node: tree.Program, programs: Collection[str] = ()) -> bool:
    """Whether a program is typed only once its arguments are known. `programs` are the names of those that it may draw
    from."""
    if node.kind == "process":
        return _takes(node, (*PROGRAM_TYPES, *kinds()))
    if node.kind == "objective" or _takes(node, PROGRAM_TYPES):
        return True
    return _gives_constrained(node) or _draws_from(node, programs)


def _takes(node: tree.Program, types: Collection[str]) -> bool:
    """Whether an argument is of one of some types."""
    return any(p.type is not None and p.type.name in types for p in node.parameters)


def _gives_constrained(node: tree.Program) -> bool:
    """Whether a program is a guide: what it gives back are the variables of another one."""
    match node.body.statements[-1:]:
        case (tree.Return(value=tree.Call(function=tree.Name(id="constrain"))),):
            return True
        case _:
            return False


def _draws_from(node: tree.Program, programs: Collection[str]) -> bool:
    drawn = (n.distribution for n in nodes_of(node.body) if isinstance(n, tree.Site))
    heads = (d.function if isinstance(d, tree.Call) else d for d in drawn)
    return any(isinstance(h, tree.Name) and h.id in programs for h in heads)


def names_of_template(known: Declarations, node: tree.Program, report: Report) -> None:
    """Report the names in such a program that nothing binds."""
    resolve_names(known, node, report)
