"""The objectives that a file optimises at its top level, checked and compiled without data."""

from __future__ import annotations

from dataclasses import dataclass

from pushforward.api.expanded import Expanded
from pushforward.compiler.pipeline import OBJECTIVES, Request, compile_to_core
from pushforward.dsl import tree
from pushforward.dsl.instantiate.scripts import optimised
from pushforward.dsl.typed import TypedProgram


@dataclass(frozen=True)
class OptimisedObjective:
    """`maximize` or `minimize` (`verb`) of the objective called `name`, in a file; `program` is typed when it is asked
    for."""

    verb: str
    name: str
    expanded: Expanded

    @property
    def program(self) -> TypedProgram:
        """The typed program. Raises ProgramError."""
        return self.expanded.program

    def compile(self) -> None:
        """Nothing, if an unbiased estimate can be compiled. Raises ProgramError."""
        compile_to_core(self.program, "estimate", Request(frozenset()))


def optimised_in(file: tree.File) -> tuple[OptimisedObjective, ...]:
    """The objectives that a file optimises and that its text determines. Raises ProgramError (PF402 to PF408, PF505)."""
    find = Expanded.finder((file,))
    return tuple(
        OptimisedObjective(found.run.verb, found.name, Expanded(found.instance, {}, (file,), tuple(OBJECTIVES)))
        for found in optimised(file, find)
    )
