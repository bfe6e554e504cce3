"""Processes that take programs: `overdamped(p: model)` with a program is a process like any other, whose arguments are
those of the program too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pushforward.api.model import Bound, Model
from pushforward.api.programs import Applied, Flow, Program, Template, files, given_arguments
from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.programs import NotAProgram
from pushforward.dsl.infer import Declarations, FileLibrary, typed_library
from pushforward.dsl.infer.programs import program
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.infer.templates import PROGRAM_TYPES
from pushforward.dsl.instantiate.names import Names, bound_names, substitute
from pushforward.dsl.instantiate.objective import type_expression
from pushforward.dsl.processes.alone import TIMES
from pushforward.dsl.source import NOWHERE
from pushforward.stdlib.catalogue import catalogue


@dataclass(frozen=True)
class ProcessTemplate:
    """A process that takes programs. Called with its arguments and `times`, of which the first is that of the start, it
    gives the model of its path: `pushforward.load(...).overdamped(m.banana(), ts).simulate(key)`. Without `times` it is
    what objectives take."""

    node: tree.Program
    file: tree.File = field(repr=False)

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def timed(self) -> tree.Program:
        """The process with its times as an argument, as it is called."""
        times = tree.Parameter(TIMES, None, span=self.node.span)
        return replace(self.node, parameters=(*self.node.parameters, times))

    def __call__(self, *positional: object, **arguments: object) -> Bound | Applied:
        """The path with its arguments, by position or by name. Raises `ProgramError`."""
        if TIMES not in arguments and len(positional) <= len(self.node.parameters):
            return Applied(Template(self.node, self.file), given_arguments(self.node, positional, arguments))
        given = given_arguments(self.timed, positional, arguments)
        writer = _Writer(self.node)
        found: dict[str, tree.Expr] = {}
        for parameter in self.node.parameters:
            if _wants_program(parameter):
                found[parameter.name] = writer.expression(given.pop(parameter.name), parameter.name)
        values = {**given, **writer.values}
        whole = _merged(self.file, (f for v in writer.seen for f in files(v)))
        return Bound(plain(self.node, found, writer.parameters, whole), values)

    def of(self, written: tree.Call) -> Model:
        """The process with the programs of a call, `overdamped(banana(m) | {y = y})`: the names in it are arguments,
        as are those that are left out. Raises `ProgramError`."""
        reader = _Reader(self.node, known(self.file))
        return plain(self.node, reader.programs(written), tuple(reader.parameters.values()), self.file)


def known(file: tree.File) -> Declarations:
    """The declarations of a file and of the library."""
    programs = tuple(i for i in file.items if isinstance(i, tree.Program))
    return Declarations(FileLibrary(file), typed_library(catalogue()), programs, quiet=False)


def plain(
    node: tree.Program, programs: Mapping[str, tree.Expr], added: tuple[tree.Parameter, ...], file: tree.File
) -> Model:
    """The process with `programs` in the places of its arguments, and with the arguments `added`."""
    kept = tuple(p for p in node.parameters if p.name not in programs)
    whole = replace(node, parameters=(*kept, *added), body=substitute(node.body, programs))
    others = (i for i in file.items if not isinstance(i, tree.Program) or i.name != node.name)
    file = replace(file, items=(*others, whole))  # where the path of the process looks for it by name
    report = Report()
    typed = program(known(file), whole, report, care=False)
    if typed is None or report.errors:
        raise ProgramError(*(report.errors or report.not_yet))
    return Model(typed, node.span.source, whole, file)


def _wants_program(parameter: tree.Parameter) -> bool:
    return parameter.type is not None and parameter.type.name in PROGRAM_TYPES


def _merged(file: tree.File, others: Iterator[tree.File]) -> tree.File:
    """One file with the declarations of several; a name that two of them declare means what the first says."""
    items = list(file.items)
    taken = {getattr(i, "name", None) for i in items}
    for other in others:
        if other is file:
            continue
        items += [i for i in other.items if getattr(i, "name", None) not in taken and i not in items]
        taken = {getattr(i, "name", None) for i in items}
    return replace(file, items=tuple(items))


class _Writer:
    """Programs with their arguments as expressions; the arguments become those of the process."""

    def __init__(self, node: tree.Program) -> None:
        own = {n.id for n in nodes_of(node) if isinstance(n, tree.Name)} | bound_names(node.body).keys()
        self.label = node.name
        self.names = Names(own | {p.name for p in node.parameters} | {TIMES})
        self.values: dict[str, object] = {}
        self.seen: list[Program] = []
        self._parameters: list[tree.Parameter] = []

    @property
    def parameters(self) -> tuple[tree.Parameter, ...]:
        """The new arguments."""
        return tuple(self._parameters)

    def expression(self, value: object, label: str) -> tree.Expr:
        """`banana(p_m) | {y = p_y}`."""
        assert isinstance(value, Program)
        self.seen.append(value)
        match value:
            case Bound():
                given, observed = dict(value.arguments), value.observations
                node = value.model.node
            case Applied():
                given, observed, node = dict(value.arguments), value.observations, value.template.node
            case Flow():
                what = f"`{self.label}`, beside times,"
                raise ProgramError(NotAProgram.diagnostic(NOWHERE, "a fitted process here", what=what))
            case _:
                given, observed, node = {}, {}, value.node
        assert node is not None
        meaning = dict(self._sizes(node, given, label))
        arguments = []
        for parameter in node.parameters:
            if parameter.name not in given:
                continue
            inner = given[parameter.name]
            if isinstance(inner, Program):
                written = self.expression(inner, f"{label}_{parameter.name}")
            else:
                type_ = None if parameter.type is None else substitute(parameter.type, meaning)
                written = self._argument(parameter.name, label, type_, inner)
                meaning[parameter.name] = written
            arguments.append(tree.Argument(parameter.name, written, span=NOWHERE))
        call: tree.Expr = tree.Call(tree.Name(node.name), tuple(arguments))
        if not observed:
            return call
        if not isinstance(value, Bound):
            what = f"`{node.name} | ...` of a program that takes programs"
            raise ProgramError(NotAProgram.diagnostic(node.span, "observed", what=what))
        fields = []
        for text, known_value in observed.items():
            type_ = type_expression(value.model.program.variable(text).type, meaning, node.span)
            fields.append(tree.Field(text, self._argument(text, label, type_, known_value)))
        return tree.Binary("|", call, tree.RecordExpr(tuple(fields)))

    def _sizes(self, node: tree.Program, given: dict[str, Any], label: str) -> Iterator[tuple[str, tree.Expr]]:
        """Names for the sizes of a program. One that was given as a number is that."""
        own = {p.name for p in node.parameters}
        for parameter in node.parameters:
            for dim in parameter.type.dims if parameter.type is not None else ():
                for n in nodes_of(dim):
                    if isinstance(n, tree.Name) and n.id not in own:
                        own.add(n.id)
                        yield n.id, tree.Name(self.names.fresh(n.id, label))

    def _argument(self, text: str, label: str, type_: tree.TypeExpr | None, value: object) -> tree.Name:
        flat = self.names.fresh(f"{label}_{text}")
        self._parameters.append(tree.Parameter(flat, type_, span=NOWHERE))
        self.values[flat] = value
        return tree.Name(flat)


class _Reader:
    """The programs of a call that is written, with arguments for the names in it."""

    def __init__(self, node: tree.Program, declared: Declarations) -> None:
        self.node, self.declared = node, declared
        self.parameters: dict[str, tree.Parameter] = {}
        self.kept: set[str] = {p.name for p in node.parameters}

    def programs(self, written: tree.Call) -> dict[str, tree.Expr]:
        """What stands for the arguments of the process that are given."""
        found: dict[str, tree.Expr] = {}
        for position, argument in enumerate(written.arguments):
            text = argument.name
            if text is None and position < len(self.node.parameters):
                text = self.node.parameters[position].name
            formal = next((p for p in self.node.parameters if p.name == text), None)
            if formal is None or formal.name in found:
                raise self._wrong(argument, f"the arguments are {', '.join(p.name for p in self.node.parameters)}")
            if _wants_program(formal):
                found[formal.name] = self.program(argument.value)
            elif argument.value != tree.Name(formal.name):
                if isinstance(argument.value, tree.Name):
                    raise self._wrong(argument, f"call it {formal.name} in the data, or write a number")
                found[formal.name] = argument.value
        lacking = [p.name for p in self.node.parameters if _wants_program(p) and p.name not in found]
        if lacking:
            raise self._wrong(written, f"{', '.join(lacking)} is missing")
        return found

    def _wrong(self, node: tree.Node, label: str) -> ProgramError:
        return ProgramError(NotAProgram.diagnostic(node.span, label, what=f"`{self.node.name}`"))

    def program(self, written: tree.Expr) -> tree.Expr:
        """A program with its arguments; what is left out comes from the data under its own name."""
        match written:
            case tree.Name():
                return self.program(tree.Call(written, (), span=written.span))
            case tree.Binary(op="|", left=left, right=tree.RecordExpr(fields=fields)):
                whole = self.program(left)
                head = whole.function if isinstance(whole, tree.Call) else None
                for f in fields:
                    value = f.value if f.value is not None else tree.Name(f.name, span=f.span)
                    if isinstance(value, tree.Name):
                        self._argument(value, self._variable(head, f))
                return replace(written, left=whole)
            case tree.Call(function=tree.Name(id=text)):
                node = self.declared.program(text)
                if node is None or node.kind != "model":
                    raise ProgramError(NotAProgram.diagnostic(written.span, f"there is no model {text}",
                                                              what=f"`{self.node.name}`"))  # fmt: skip
                return replace(written, arguments=tuple(self._arguments(node, written)))
            case _:
                raise ProgramError(
                    NotAProgram.diagnostic(written.span, "this is no program", what=f"`{self.node.name}`")
                )

    def _arguments(self, node: tree.Program, call: tree.Call) -> Iterator[tree.Argument]:
        given = {a.name or (node.parameters[i].name if i < len(node.parameters) else ""): a.value
                 for i, a in enumerate(call.arguments)}  # fmt: skip
        for text in given.keys() - {p.name for p in node.parameters}:
            raise self._wrong(call, f"{node.name} has no argument {text}".rstrip())
        for parameter in node.parameters:
            value = given.get(parameter.name, tree.Name(parameter.name, span=call.span))
            if _wants_program(parameter):
                value = self.program(value)
            elif isinstance(value, tree.Name):
                self._argument(value, parameter.type)
            yield tree.Argument(parameter.name, value, span=value.span)

    def _argument(self, name: tree.Name, type_: tree.TypeExpr | None) -> None:
        if name.id not in self.kept and name.id not in self.parameters:
            self.parameters[name.id] = tree.Parameter(name.id, type_, span=name.span)

    def _variable(self, head: tree.Expr | None, f: tree.Field) -> tree.TypeExpr:
        """The type of what is observed."""
        from pushforward.dsl.instantiate.plain import typer

        text = head.id if isinstance(head, tree.Name) else ""
        typed = typer(self.declared)(text)
        variable = None if typed is None else next((v for v in typed.variables if v.name == f.name), None)
        if variable is None:
            raise self._wrong(f, f"{text} has no variable {f.name}")
        return type_expression(variable.type, {}, f.span)
