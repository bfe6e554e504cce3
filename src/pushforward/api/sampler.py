"""A sampler that is written in the language: found by its name, with settings, compiled to a kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pushforward.api.compiled import Compiled, Unit
from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.infer import Declarations, FileLibrary, typed_library
from pushforward.dsl.infer.programs import program as infer_program
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.parse import parse
from pushforward.dsl.samplers import FUNCTIONS, Sampler, drawing, is_sampler, read, standing
from pushforward.dsl.samplers.steps import SIZE
from pushforward.dsl.source import Source
from pushforward.dsl.typed import TypedProgram
from pushforward.stdlib.catalogue import catalogue

if TYPE_CHECKING:
    from pushforward.runtime.samplers.kernel import Kernel

#: Settings that warmup finds where they are not given.
ADAPTED = ("step", "scale")
#: The setting of a sampler that is no argument of its step.
AIM = "target_accept"


def samplers(file: tree.File | None = None) -> dict[str, tree.Program]:
    """The samplers of the library, and of a file, by name."""
    own = () if file is None else tuple(i for i in file.items if isinstance(i, tree.Program) and is_sampler(i))
    return {p.name: p for p in (*catalogue().samplers(), *own)}


@dataclass(frozen=True)
class Step:
    """A sampler of the library or of a file, compiled. What it asks of the model it asks the runtime for."""

    sampler: Sampler
    file: tree.File | None

    @staticmethod
    def named(name: str, file: tree.File | None = None) -> Step:
        """The sampler of a name that `samplers` has. Raises `ProgramError` (PF640)."""
        known = samplers(file)
        return Step(read(known[name], known.get), file)

    @property
    def name(self) -> str:
        return self.sampler.node.name

    @property
    def statics(self) -> tuple[str, ...]:
        return self.sampler.statics

    @property
    def settings(self) -> dict[str, tree.Expr | None]:
        """What may be set, with its default; None where warmup finds it, or where it must be given."""
        return {p.name: p.default for p in self.sampler.settings}

    @cached_property
    def drawing(self) -> Compiled:
        """The program that draws a step."""
        return Compiled(self._typed(drawing(self.sampler)), frozenset(), self._source)

    @cached_property
    def standing(self) -> Compiled:
        """The program of what a step keeps."""
        return Compiled(self._typed(standing(self.sampler)), frozenset(), self._source)

    @property
    def _source(self) -> str:
        return self.sampler.node.span.source.name

    def _typed(self, node: tree.Program) -> TypedProgram:
        own = () if self.file is None else tuple(
            i for i in self.file.items if isinstance(i, tree.Function | tree.Distribution)
        )  # fmt: skip
        functions = parse(Source("<what a step asks for>", FUNCTIONS)).items
        known = Declarations(FileLibrary(tree.File((*own, *functions))), typed_library(catalogue()), quiet=False)
        report = Report()
        found = infer_program(known, node, report, care=False)
        if found is None or report.errors:
            raise ProgramError(*(report.errors or report.not_yet))
        return found

    @property
    def units(self) -> tuple[Unit, Unit]:
        """The executed modules."""
        known = ("simulate", "log_density") if self.sampler.reversible else ("simulate",)
        return self.drawing.unit(known), self.standing.unit(("generated",))

    @property
    def digest(self) -> str:
        """What identifies the step."""
        facts = (self.sampler.corrected, self.sampler.returned, self.sampler.nexts)
        return f"{facts} {' '.join(u.digest for u in self.units)}"

    def kernel(self, dim: int, statics: Mapping[str, int]) -> Kernel:
        """The kernel for so many coordinates, and values of the settings that are sizes. Raises `ProgramError`."""
        from pushforward.runtime.samplers.kernel import Kernel

        step, still = self.units
        for unit in (step, still):
            for error in unit.missing.values():
                raise error
        sampler, sizes = self.sampler, {SIZE: dim, **statics}
        whole = {n.id for n in nodes_of(sampler.node.body) if isinstance(n, tree.Name)}
        names = {p.name for p in sampler.settings}
        density = None if sampler.batched else getattr(step.module, "log_density", None)
        return Kernel(
            states=tuple(s.name for s in sampler.states), nexts=sampler.nexts, drawn=sampler.drawn,
            returned=sampler.returned, corrected=sampler.corrected, smooth=bool(whole & {"grad", "hessian"}),
            sized="step" in names, scaled="scale" in names,
            rows=statics.get(sampler.rows.id, 0) if isinstance(sampler.rows, tree.Name) else 0, batched=sampler.batched,
            draw=lambda values, key: step.module.simulate(sizes, values, key),
            log_density=None if density is None else lambda values, drawn: density(sizes, values, drawn),
            standing=lambda values: still.module.generated(sizes, values, {}),
        )  # fmt: skip
