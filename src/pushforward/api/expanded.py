"""A program without programs in it, compiled, with the data of what it was made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pushforward.api.compiled import execute, located
from pushforward.api.programs import fixed_value, value_at
from pushforward.compiler.emit.module import Emitted, emit
from pushforward.compiler.errors import InternalError
from pushforward.compiler.pipeline import Request, compile_to_core
from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.infer import Declarations, FileLibrary, typed_library
from pushforward.dsl.infer.programs import program as infer_program
from pushforward.dsl.infer.report import Report
from pushforward.dsl.instantiate import Instantiated
from pushforward.dsl.instantiate.names import substitute
from pushforward.dsl.instantiate.plain import Finder, typer
from pushforward.dsl.typed import TypedProgram
from pushforward.dsl.types import Array, Dim
from pushforward.runtime.unknown import Unforeseen, Unknown
from pushforward.stdlib.catalogue import catalogue

if TYPE_CHECKING:
    from types import ModuleType


@dataclass(frozen=True)
class Expanded:
    """`instance` with the `arguments` that its parameters come from; `files` hold the functions that it may call,
    `what` is asked of it."""

    instance: Instantiated
    arguments: Mapping[str, object]
    files: tuple[tree.File, ...] = field(repr=False)
    what: tuple[str, ...]

    @staticmethod
    def finder(files: tuple[tree.File, ...]) -> Callable[[str], tree.Program | None]:
        """The programs of files, and behind them those of the library, by name."""
        return Finder(_known(files))

    @staticmethod
    def typer(files: tuple[tree.File, ...]) -> Callable[[str], TypedProgram | None]:
        """Those of them that mean something by themselves, typed."""
        return typer(_known(files))

    @cached_property
    def program(self) -> TypedProgram:
        """The typed program. Its sizes are names; where it is right only at the sizes that are given (a guide for two
        things, a model of K), they are numbers. Raises `ProgramError` with every finding.
        """
        found, report = self._typed(self.instance.program)
        if found is None and (known := self.known_sizes()):
            found, _ = self._typed(at_sizes(self.instance.program, known))
        if found is None:
            raise ProgramError(*(report.errors or report.not_yet))
        return found

    def _typed(self, program: tree.Program) -> tuple[TypedProgram | None, Report]:
        items = tuple(i for f in self.files for i in f.items if isinstance(i, tree.Function | tree.Distribution))
        known = Declarations(FileLibrary(tree.File(items)), typed_library(catalogue()), quiet=False)
        report = Report()
        found = infer_program(known, program, report, care=False)
        return (None if report.errors else found), report

    def known_sizes(self) -> dict[str, int]:
        """The integers that the arguments give: those that are arguments, and those that are extents of others."""
        import numpy as np

        found: dict[str, int] = {}
        for parameter in self.instance.program.parameters:
            type_ = parameter.type
            if type_ is None or parameter.name not in self.instance.origins:
                continue
            value = self.value(parameter.name)
            if type_.name == "int" and not type_.dims:
                found[parameter.name] = int(value)
            for dim, extent in zip(type_.dims, np.shape(value), strict=False):
                if isinstance(dim, tree.Name):
                    found.setdefault(dim.id, int(extent))
        return found

    @cached_property
    def emitted(self) -> Emitted:
        """The JAX source."""
        programs = {what: compile_to_core(self.program, what, Request(frozenset())) for what in self.what}
        source = self.instance.program.span.source
        return emit(self.program.name, self.program.doc, source.name, programs, {})

    @cached_property
    def module(self) -> ModuleType:
        """The emitted source, executed."""
        return execute(self.emitted, self.program.name)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The static integers. Raises `Unforeseen` where one depends on a value that is not known."""
        statics = {*self.program.dims, *(p.name for p in self.program.parameters if _is_integer(p.type))}
        # of a program that draws from others, and is not checked by itself, the sizes are those of its arguments
        known = (n for n in self.instance.origins if n in statics and self.value(n) is not None)
        given = {n: self._static(n) for n in known}
        return given | {n: self._of_shape(n) for n in self.program.dims if n not in given}

    def _static(self, name: str) -> int:
        value = self.value(name)
        if isinstance(value, Unknown):
            raise Unforeseen(value.because)
        return int(value)

    def _of_shape(self, dim: str) -> int:
        """A size of the objective's own: the extent of an argument whose type names it."""
        import numpy as np

        for parameter in self.program.parameters:
            if isinstance(parameter.type, Array) and Dim.name(dim) in parameter.type.dims:
                value = self.value(parameter.name)
                if isinstance(value, Unknown):
                    if value.shape is None:
                        raise Unforeseen(value.because)
                    return value.shape[parameter.type.dims.index(Dim.name(dim))]
                return int(np.shape(value)[parameter.type.dims.index(Dim.name(dim))])
        raise InternalError("sizes", f"nothing says what {dim} is")

    def value(self, name: str) -> Any:
        """The value of a parameter of the program, from where it comes."""
        origin = self.instance.origins[name]
        return value_at(self.arguments, origin.path, origin.name)

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """The other arguments and the observations, as arrays."""
        import jax.numpy as jnp

        names = (p.name for p in self.program.parameters)
        return {n: jnp.asarray(self.value(n)) for n in names if n not in self.sizes}

    @cached_property
    def prepared(self) -> Any:
        """What the data alone determine."""
        import jax

        with located(), jax.ensure_compile_time_eval():
            return jax.jit(lambda data: self.module.prepare(self.sizes, data))(self.arrays)

    def call(self, what: str, *given: Any) -> Any:
        """One of the functions, on the data."""
        with located():
            return getattr(self.module, what)(self.sizes, self.arrays, *given)

    def params_from(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of this program among those of another, by the program and the name that each comes from."""
        moving = {f: known[origin] for f, origin in self.instance.params.items() if f not in self.fixed}
        return moving | self.fixed

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """The parameters of programs that are the result of a fit: they do not move."""
        pairs = ((flat, origin.rpartition("/")) for flat, origin in self.instance.params.items())
        return {flat: fixed_value(self.arguments, path, name) for flat, (path, _, name) in pairs if path}

    def params_by_origin(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters by where they come from."""
        return {o: params[flat] for flat, o in self.instance.params.items() if flat not in self.fixed}


def _known(files: tuple[tree.File, ...]) -> Declarations:
    items = tuple(i for f in files for i in f.items)
    programs = tuple(i for i in items if isinstance(i, tree.Program))
    return Declarations(FileLibrary(tree.File(items)), typed_library(catalogue()), programs)


def at_sizes(program: tree.Program, sizes: Mapping[str, int]) -> tree.Program:
    """The program with numbers for its sizes."""
    numbers: dict[str, tree.Expr] = {n: tree.Number(s, str(s)) for n, s in sizes.items()}
    kept = tuple(substitute(p, numbers) for p in program.parameters if p.name not in sizes)
    return replace(program, parameters=kept, body=substitute(program.body, numbers))


def _is_integer(type_: object) -> bool:
    return isinstance(type_, Array) and type_.element == "int" and not type_.rank
