"""The objectives that a file optimises at its top level, checked and compiled without data."""

from __future__ import annotations

from dataclasses import dataclass

from pushforward.api.expanded import Expanded
from pushforward.compiler.gradient import explain_gradient
from pushforward.compiler.pipeline import OBJECTIVES, Request, compile_to_core
from pushforward.dsl import tree
from pushforward.dsl.instantiate.scripts import optimised
from pushforward.dsl.typed import TypedProgram


@dataclass(frozen=True)
class OptimisedObjective:
    """`maximize` or `minimize` (`verb`) of the objective called `name` at a place in a file; `program` is typed when it
    is asked for."""

    verb: str
    name: str
    place: str
    expanded: Expanded

    @property
    def program(self) -> TypedProgram:
        """The typed program. Raises ProgramError."""
        return self.expanded.program

    @property
    def title(self) -> str:
        """What stands in the file, and where: `maximize elbo (m.pf:12)`."""
        return f"{self.verb} {self.name} ({self.place})"

    def gradient_program(self) -> str:
        """For every choice its strategy, why, and the costs that it multiplies, as a text. Raises ProgramError."""
        return explain_gradient(self.program)

    def compile(self) -> None:
        """Nothing, if an unbiased estimate can be compiled. Raises ProgramError."""
        compile_to_core(self.program, "estimate", Request(frozenset()))


def optimised_in(file: tree.File, programs: tuple[TypedProgram, ...]) -> tuple[OptimisedObjective, ...]:
    """The objectives that a file optimises and that its text determines; `programs` are those of its programs that are
    checked by themselves. Raises ProgramError (PF402 to PF408, PF505)."""
    find, typed = Expanded.finder((file,)), {p.name: p for p in programs}
    return tuple(
        OptimisedObjective(
            found.run.verb,
            found.name,
            f"{found.run.span.source.name}:{found.run.span.line}",
            Expanded(found.instance, {}, (file,), tuple(OBJECTIVES)),
        )
        for found in optimised(file, find, typed.get)
    )
