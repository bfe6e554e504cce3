"""Objectives: expectations whose estimates, and whose derivatives, are unbiased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pushforward.api.compiled import execute, located
from pushforward.api.programs import Program, files, given_arguments, told, value_at
from pushforward.compiler.emit.module import Emitted, emit
from pushforward.compiler.errors import InternalError
from pushforward.compiler.pipeline import OBJECTIVES, Request, compile_to_core
from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.infer import Declarations, FileLibrary, typed_library
from pushforward.dsl.infer.programs import program as infer_program
from pushforward.dsl.infer.report import Report
from pushforward.dsl.instantiate import Given, Instantiated, instantiate
from pushforward.dsl.source import Source
from pushforward.dsl.typed import TypedProgram
from pushforward.dsl.types import Array, Dim
from pushforward.stdlib.catalogue import catalogue

if TYPE_CHECKING:
    from types import ModuleType


@dataclass(frozen=True)
class Objective:
    """An objective. Calling it with programs and values gives a `BoundObjective`."""

    node: tree.Program
    file: tree.File = field(repr=False)

    @property
    def name(self) -> str:
        return self.node.name

    def __call__(self, *positional: object, **arguments: object) -> BoundObjective:
        """The objective with its arguments, by position or by name: programs (`m.guide()`), numbers, arrays."""
        return BoundObjective(self, given_arguments(self.node, positional, arguments))


@dataclass(frozen=True)
class BoundObjective:
    """An objective with its arguments. `estimate` is a pure JAX function, which `jit`, `grad` and `vmap` take.

    Parameters are dicts by name of free coordinates: arrays without constraints (f[...] in JAX's default precision).
    """

    objective: Objective
    arguments: Mapping[str, object]

    @cached_property
    def instance(self) -> Instantiated:
        """The objective with its programs expanded, as a tree. Raises `ProgramError`."""
        given: dict[str, Given | tree.Expr] = {n: _told(n, v) for n, v in self.arguments.items()}
        return instantiate(self.objective.node, given, self._find)

    def _find(self, name: str) -> tree.Program | None:
        for file in self._files:
            for item in file.items:
                if isinstance(item, tree.Program) and item.name == name:
                    return item
        return catalogue().program(name)

    @cached_property
    def _files(self) -> tuple[tree.File, ...]:
        every = (self.objective.file, *(f for v in self.arguments.values() for f in files(v)))
        return tuple({id(f): f for f in every}.values())

    @cached_property
    def program(self) -> TypedProgram:
        """The expanded objective, typed. Raises `ProgramError` with every finding."""
        items = tuple(i for f in self._files for i in f.items if isinstance(i, tree.Function | tree.Distribution))
        known = Declarations(FileLibrary(tree.File(items)), typed_library(catalogue()), quiet=False)
        report = Report()
        found = infer_program(known, self.instance.program, report, care=False)
        if report.errors or found is None:
            raise ProgramError(*(report.errors or report.not_yet))
        return found

    @cached_property
    def emitted(self) -> Emitted:
        """The JAX source of the objective."""
        programs = {what: compile_to_core(self.program, what, Request(frozenset())) for what in OBJECTIVES}
        return emit(self.objective.name, self.program.doc, _file_name(self.objective.node), programs, {})

    @cached_property
    def module(self) -> ModuleType:
        """The emitted source, executed."""
        return execute(self.emitted, self.objective.name)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The static integers of the expanded objective."""
        names = (*self.program.dims, *(p.name for p in self.program.parameters))
        statics = {n for n in names if n in self.program.dims or _is_static(self.program, n)}
        given = {n: int(self._value(n)) for n in names if n in statics and n in self.instance.origins}
        return given | {n: self._of_shape(n) for n in self.program.dims if n not in given}

    def _of_shape(self, dim: str) -> int:
        """A size of the objective's own: the extent of an argument whose type names it."""
        import numpy as np

        for parameter in self.program.parameters:
            if isinstance(parameter.type, Array) and Dim.name(dim) in parameter.type.dims:
                return int(np.shape(self._value(parameter.name))[parameter.type.dims.index(Dim.name(dim))])
        raise InternalError("sizes", f"nothing says what {dim} is")

    def _value(self, name: str) -> Any:
        origin = self.instance.origins[name]
        return value_at(self.arguments, origin.path, origin.name)

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """The arguments and observations of the programs, as arrays."""
        import jax.numpy as jnp

        return {
            p.name: jnp.asarray(self._value(p.name)) for p in self.program.parameters if p.name not in self.sizes
        }

    @cached_property
    def prepared(self) -> Any:
        """What the data alone determine."""
        import jax

        with located(), jax.ensure_compile_time_eval():
            return jax.jit(lambda data: self.module.prepare(self.sizes, data))(self.arrays)

    def estimate(self, params: Mapping[str, Any], key: Any) -> Any:
        """An unbiased estimate f[] of the objective at free parameters; its JAX gradient is unbiased too."""
        prepared = self.prepared
        with located():
            return self.module.estimate(self.sizes, prepared, params, key)

    def initial(self) -> dict[str, Any]:
        """The free parameters at the start: what `param` says, and the origin where it says nothing."""
        import jax
        import jax.numpy as jnp

        with located():
            found: dict[str, Any] = self.module.initial(self.sizes, self.arrays)
        return jax.tree.map(lambda x: jnp.asarray(x, float), found)

    def parameters(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters themselves at free coordinates, constrained, by their names in the expanded program."""
        with located():
            found: dict[str, Any] = self.module.parameters(self.sizes, self.arrays, params)
            return found


def _told(name: str, value: object) -> Given | tree.Expr:
    if isinstance(value, Program):
        return told(value)
    if isinstance(value, bool | int | float):
        return _literal(value)
    return tree.Name(name)


def _literal(value: bool | int | float) -> tree.Expr:
    if isinstance(value, bool):
        return tree.Bool(value)
    number = tree.Number(abs(value), repr(abs(value)))
    return tree.Unary("-", number) if value < 0 else number


def _is_static(program: TypedProgram, name: str) -> bool:
    type_ = next(p.type for p in program.parameters if p.name == name)
    return isinstance(type_, Array) and type_.element == "int" and not type_.rank


def _file_name(node: tree.Program) -> str:
    source: Source = node.span.source
    return source.name
