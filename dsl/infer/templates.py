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

PROGRAM_TYPES = ("model", "process")


def is_template(node: tree.Program, programs: Collection[str] = ()) -> bool:
    """Whether a program is typed only once its arguments are known. `programs` are the names of those that it may draw
    from."""
    takes_programs = any(p.type is not None and p.type.name in PROGRAM_TYPES for p in node.parameters)
    return node.kind == "objective" or takes_programs or _uses_programs(node) or _draws_from(node, programs)


def _uses_programs(node: tree.Program) -> bool:
    calls = (n.function for n in nodes_of(node.body) if isinstance(n, tree.Call))
    return any(isinstance(f, tree.Name) and f.id in ("logp", "constrain", "initial", "drift", "noise") for f in calls)


def _draws_from(node: tree.Program, programs: Collection[str]) -> bool:
    drawn = (n.distribution for n in nodes_of(node.body) if isinstance(n, tree.Site))
    heads = (d.function if isinstance(d, tree.Call) else d for d in drawn)
    return any(isinstance(h, tree.Name) and h.id in programs for h in heads)


def names_of_template(known: Declarations, node: tree.Program, report: Report) -> None:
    """Report the names in such a program that nothing binds."""
    resolve_names(known, node, report)
