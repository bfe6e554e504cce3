"""A script rehearsed: evaluated in order as a run would, without running anything.

Files of data are read, programs get their arguments, objectives are expanded and compiled, settings are judged; what
would be sampled, fitted or computed is a value of which the type is known (`foreseen.py`). What a rehearsal finds wrong
a run would find wrong, when it comes there. JAX is not needed.

The bounds of a loop being known, its first pass is rehearsed; of an `if` whose condition is not known, both branches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.dsl.infer import Inferred
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.source import Source
from pushforward.evaluator.faults import located
from pushforward.evaluator.folding import fold
from pushforward.evaluator.foreseen import Foreseen, nothing_known, of_type
from pushforward.evaluator.session import DECLARATIONS, Session
from pushforward.runtime.unknown import Unforeseen

if TYPE_CHECKING:
    from pushforward.api.objective import BoundObjective
    from pushforward.dsl.source import Span
    from pushforward.evaluator.registry import Argument, Builtin, Running, Verb
    from pushforward.evaluator.values import Value


@dataclass(frozen=True)
class Optimised:
    """`maximize` or `minimize` (`verb`) of an objective at a place of a script."""

    verb: str
    bound: BoundObjective
    span: Span

    @property
    def name(self) -> str:
        """The name of the objective."""
        return self.bound.objective.name

    @property
    def title(self) -> str:
        """What stands in the file, and where: `maximize elbo (m.pf:12)`."""
        return f"{self.verb} {self.name} ({self.span.source.name}:{self.span.line})"


@dataclass
class Rehearsal(Session):
    """A session in which nothing runs. `found` is what is wrong, `optimised` the objectives, `unforeseen` the
    optimisations of which only a run knows the objective, with the reason."""

    found: list[Diagnostic] = field(default_factory=list)
    optimised: list[Optimised] = field(default_factory=list)
    unforeseen: list[tuple[tree.Run, str]] = field(default_factory=list)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What would stop a run."""
        return tuple(d for d in self.found if d.severity != "warning")

    def statement(self, node: tree.Statement) -> None:
        """What is wrong is kept, and the value that a `let` would have is then not known."""
        try:
            super().statement(node)
            return
        except ProgramError as error:
            self.found += (d for d in error.diagnostics if d not in self.found)
            because = f"line {node.span.line} is at fault"
        except Unforeseen as reason:
            because = str(reason)
            runs = (n for n in nodes_of(node) if isinstance(n, tree.Run) and n.verb in ("maximize", "minimize"))
            self.unforeseen += ((run, because) for run in runs)
        if isinstance(node, tree.Let):
            self.environment.define(node.name, nothing_known(because))

    def number(self, whole: tree.Program, arguments: Mapping[str, Any], span: Span) -> Value:
        """The type of an expression of numbers, and its value where that is easily known."""
        from pushforward.dsl.typed import Let, Return
        from pushforward.evaluator.numeric import typed_expression

        body = typed_expression(self, whole, span).body
        known = dict(arguments)
        for step in body:
            if isinstance(step, Let) and (value := fold(step.value, known)) is not None:
                known[step.name] = value
        last = body[-1]
        assert isinstance(last, Return)
        (name, returned), *_ = last.fields
        because = f"`{span.text}` (line {span.line})"
        if name != "value":
            parts = {n.removeprefix("value_"): of_type(e.type, {}, because) for n, e in last.fields}
            return Foreseen("a record", because, parts)
        value = fold(returned, known)
        return of_type(returned.type, {}, because) if value is None else value

    def perform(self, verb: Verb, running: Running) -> Value:
        with located(running.operand.span):
            return verb.foresee(running)

    def call(self, builtin: Builtin, arguments: Mapping[str, Argument], span: Span) -> Value | None:
        if builtin.foresee is not None:
            with located(span):
                return builtin.foresee(self, arguments, span)
        if builtin.effect:
            return None
        return nothing_known(f"what `{builtin.name}` gives (line {span.line})")

    def passes(self, lower: int, upper: int) -> Iterator[int]:
        yield from range(lower, min(upper, lower + 1))

    def branches(self, condition: Value, node: tree.If) -> tuple[tree.Block | None, ...]:
        return (node.then, node.orelse) if isinstance(condition, Foreseen) else super().branches(condition, node)

    def optimises(self, verb: str, bound: BoundObjective, span: Span) -> None:
        """Keep an objective that the script optimises."""
        self.optimised.append(Optimised(verb, bound, span))


def rehearse(file: tree.File, inferred: Inferred) -> Rehearsal:
    """Rehearse the script of a file that has been checked."""
    from pushforward.api.model import Model
    from pushforward.dsl.processes import written_out

    rehearsal = Rehearsal()
    environment = rehearsal.environment
    environment.declare(tuple(i for i in file.items if isinstance(i, DECLARATIONS)))
    nodes = environment.programs
    for program in inferred.typed.programs:
        if program.kind in ("model", "problem"):
            source: Source = program.span.source
            node = written_out(environment.known, nodes[program.name])
            environment.models[program.name] = Model(program, source, node, environment.file)
    for item in file.items:
        if not isinstance(item, DECLARATIONS):
            rehearsal.statement(item)
    return rehearsal
