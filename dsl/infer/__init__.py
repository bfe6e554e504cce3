"""From the tree to the typed tree: names, types, shapes, supports, stages, and the care warnings.

    context       what names mean here, open loops, what was learned;   report   what was found
    names sizes intervals operations                                    the small parts
    operators indexing calls domains                                    rules on typed operands
    expressions typeexprs laws supports                                 each form of expression, type and law
    sites statements bodies declarations programs                       each form of statement and declaration
    taint care later scripts walk                                       random containers, warnings, the future, scripts

`infer(file, library)` is the whole of it: all errors of a file are raised together as one `ProgramError`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.errors.names import AlreadyDefined
from pushforward.dsl.infer.declarations import Declarations, Library
from pushforward.dsl.infer.programs import program
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.scripts import Vocabulary, script
from pushforward.dsl.infer.templates import is_template, names_of_template
from pushforward.dsl.typed import TypedFile, TypedProgram

__all__ = ["Declarations", "Inferred", "Library", "infer", "typed_library"]


@dataclass(frozen=True)
class Inferred:
    """The typed file, its care warnings, and the diagnostics of constructs without meaning yet: programs that
    hold one are not in `typed`."""

    typed: TypedFile
    warnings: tuple[Diagnostic, ...]
    not_yet: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class FileLibrary:
    """The functions and distributions of one file, or of several, as a library."""

    file: tree.File

    def functions(self, name: str) -> tuple[tree.Function, ...]:
        """The functions of this name, in the order of the file."""
        return tuple(i for i in self.file.items if isinstance(i, tree.Function) and i.name == name)

    def distribution(self, name: str) -> tree.Distribution | None:
        """The distribution of this name."""
        return next((i for i in self.file.items if isinstance(i, tree.Distribution) and i.name == name), None)

    def program(self, name: str) -> tree.Program | None:
        """The program of this name."""
        return next((i for i in self.file.items if isinstance(i, tree.Program) and i.name == name), None)

    def programs(self) -> tuple[tree.Program, ...]:
        """All programs."""
        return tuple(i for i in self.file.items if isinstance(i, tree.Program))

    def algorithm(self, name: str) -> tree.Algorithm | None:
        """The solver, rule or linear solver of this name."""
        return next((i for i in self.file.items if isinstance(i, tree.Algorithm) and i.name == name), None)

    def algorithms(self) -> tuple[tree.Algorithm, ...]:
        """All of them."""
        return tuple(i for i in self.file.items if isinstance(i, tree.Algorithm))

    def names(self) -> tuple[str, ...]:
        """The names of all functions and distributions."""
        return tuple(i.name for i in self.file.items if isinstance(i, tree.Function | tree.Distribution))


_TYPED: WeakKeyDictionary[Library, Declarations] = WeakKeyDictionary()


def typed_library(library: Library) -> Declarations:
    """The declarations of a library, typed when first used and once for all files."""
    if library not in _TYPED:
        _TYPED[library] = Declarations(library)
    return _TYPED[library]


def infer(file: tree.File, library: Library, words: Callable[[], Vocabulary] | None = None) -> Inferred:
    """The typed form of a file. Raises ProgramError with every error of the file. `words` are those of scripts, asked
    for when there is one; without them, what a script calls is not judged."""
    report = Report()
    programs = tuple(i for i in file.items if isinstance(i, tree.Program))
    known = Declarations(FileLibrary(file), typed_library(library), programs, quiet=False)
    _declared_once(file, report)
    for item in file.items:
        match item:
            case tree.Function():
                known.functions(item.name, report, item.span)
            case tree.Distribution():
                known.law(item.name, report, item.span)
            case _:
                pass
    typed: list[TypedProgram] = []
    for node in programs:
        if is_template(node, {p.name for p in programs if p.kind != "process"}):
            names_of_template(known, node, report)
        elif (found := program(known, node, report)) is not None:
            typed.append(found)
    declarations = (tree.Program, tree.Function, tree.Distribution, tree.Algorithm)
    statements = tuple(i for i in file.items if not isinstance(i, declarations))
    if statements:
        script(known, statements, report, words() if words is not None else None)
    if report.errors:
        raise ProgramError(*report.errors)
    return Inferred(TypedFile(tuple(typed)), tuple(report.warnings), tuple(report.not_yet))


def _declared_once(file: tree.File, report: Report) -> None:
    """A name declares one program, one distribution, or the overloads of one function."""
    seen: dict[str, tree.Item] = {}
    for item in file.items:
        if not isinstance(item, tree.Program | tree.Function | tree.Distribution):
            continue
        earlier = seen.setdefault(item.name, item)
        if earlier is item or (isinstance(item, tree.Function) and isinstance(earlier, tree.Function)):
            continue
        report.error(
            AlreadyDefined, item.span, "declared again here",
            secondary=(Label(earlier.span, f"`{item.name}` is declared here"),), helps=("choose another name",),
            name=item.name,
        )  # fmt: skip
