"""A session: names, a seed and a host. A file is read into it: declarations first, then its statements in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.dsl.foreign import refuse_foreign
from pushforward.dsl.infer import infer
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.scripts import script
from pushforward.dsl.parse import parse
from pushforward.dsl.source import Source
from pushforward.evaluator.environment import Environment
from pushforward.evaluator.faults import located
from pushforward.evaluator.host import Host
from pushforward.evaluator.vocabulary import vocabulary
from pushforward.stdlib.catalogue import catalogue

if TYPE_CHECKING:
    from pushforward.api.model import Model
    from pushforward.dsl.source import Span
    from pushforward.evaluator.registry import Argument, Builtin, Running, Verb
    from pushforward.evaluator.values import Value

DECLARATIONS = (tree.Program, tree.Function, tree.Distribution, tree.Algorithm)
#: An odd number near 2^64 divided by the golden ratio: the seeds of successive runs are far apart.
_STRIDE = 0x9E3779B97F4A7C15


@dataclass
class Session:
    """`seed` is that of the first run; each later run of the session has another, which follows from it."""

    host: Host = field(default_factory=Host)
    seed: int = 0
    environment: Environment = field(default_factory=Environment)
    runs: int = 0
    compiled: dict[Any, Any] = field(default_factory=dict)  # of expressions, see numeric.py
    prepared: bool = False
    allow_extern: bool = False  # whether declarations may run Python that they name

    def run(self, source: Source, *, interactive: bool = False) -> int:
        """Read a text: check all of it, take its declarations, run its statements, and give the number of these.

        `interactive`: an expression may stand alone, and is shown. Raises `ProgramError` with every finding of the
        check, before anything has run, or with the first failure of a statement; what ran before it stands.
        """
        file = parse(source)
        warnings = self._declare(file)
        if warnings:
            self.host.cared(warnings)
        statements = tuple(i for i in file.items if not isinstance(i, DECLARATIONS))
        self._check(statements, interactive)
        for statement in statements:
            self.statement(statement)
        return len(statements)

    def declare(self, source: Source) -> None:
        """Take the declarations of a text, and run none of its statements. Raises `ProgramError`."""
        warnings = self._declare(parse(source))
        if warnings:
            self.host.cared(warnings)

    def _declare(self, file: tree.File) -> tuple[Diagnostic, ...]:
        """Check the declarations of a file with those known before, and take them."""
        new = tuple(i for i in file.items if isinstance(i, DECLARATIONS))
        if not new:
            return ()
        names = {item.name for item in new}
        before = tuple(i for i in self.environment.declared() if isinstance(i, DECLARATIONS) and i.name not in names)
        inferred = infer(tree.File((*before, *new)), catalogue())
        if not self.allow_extern:
            refuse_foreign(new)
        self.environment.declare(new)  # also what has no meaning yet: it is refused where it is used
        return inferred.warnings

    def _check(self, statements: tuple[tree.Statement, ...], interactive: bool) -> None:
        report = Report()
        scope = frozenset(self.environment.names())
        script(self.environment.known, statements, report, vocabulary(), scope, interactive=interactive)
        found = report.errors or report.not_yet
        if found:
            raise ProgramError(*found)

    def model(self, node: tree.Program) -> Model:
        """The model that a program declares. Raises `ProgramError` with what is wrong in it."""
        from pushforward.api.model import Model
        from pushforward.dsl.infer.programs import program
        from pushforward.dsl.processes import written_out

        models = self.environment.models
        if node.name not in models:
            report = Report()
            typed = program(self.environment.known, node, report)
            if typed is None or report.errors:
                raise ProgramError(*(report.errors or report.not_yet))
            written = written_out(self.environment.known, node)
            models[node.name] = Model(typed, node.span.source, written, self.environment.file)
        return models[node.name]

    def prepare(self) -> None:
        """Set JAX up, once."""
        if not self.prepared:
            self.host.prepare()
            self.prepared = True

    # What a rehearsal does otherwise.

    def statement(self, node: tree.Statement) -> None:
        """Run one statement. Raises `ProgramError`."""
        from pushforward.evaluator.statements import execute

        execute(self, node)

    def number(self, whole: tree.Program, arguments: Mapping[str, Any], span: Span) -> Value:
        """The value of an expression of numbers, which has become a program."""
        from pushforward.evaluator.numeric import run_expression

        return run_expression(self, whole, arguments, span)

    def perform(self, verb: Verb, running: Running) -> Value:
        """What a verb gives."""
        self.prepare()
        with located(running.operand.span):
            return verb.run(running)

    def call(self, builtin: Builtin, arguments: Mapping[str, Argument], span: Span) -> Value | None:
        """What a function of scripts gives."""
        with located(span):
            return builtin.run(self, arguments, span)

    def passes(self, lower: int, upper: int) -> Iterator[int]:
        """The indices for which the body of a loop is run."""
        yield from range(lower, upper)

    def branches(self, condition: Value, node: tree.If) -> tuple[tree.Block | None, ...]:
        """The blocks of an `if` that are run. Raises `ProgramError` (PF721)."""
        from pushforward.evaluator.statements import wanted
        from pushforward.evaluator.values import kind_of

        if not isinstance(condition, bool):
            raise wanted(node.condition, "`if`", "a truth value", kind_of(condition))
        return (node.then if condition else node.orelse,)

    def next_seed(self) -> int:
        """The seed of the next run."""
        seed = (self.seed + self.runs * _STRIDE) % 2**63
        self.runs += 1
        return seed
