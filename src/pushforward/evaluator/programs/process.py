"""Processes as values: the model of a path, whose last argument is its times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.api.model import Bound
from pushforward.api.processes import ProcessTemplate
from pushforward.dsl.infer.templates import is_template
from pushforward.dsl.processes.alone import TIMES
from pushforward.evaluator.faults import located
from pushforward.evaluator.objectives import applied_template, arguments_of
from pushforward.evaluator.programs import model
from pushforward.evaluator.registry import Argument, ProgramKind
from pushforward.evaluator.values import Given, Value

if TYPE_CHECKING:
    from pushforward.dsl import tree
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session


def applied(
    session: Session, program: tree.Program, given: tuple[tuple[str | None, Argument], ...], span: Span
) -> Value:
    """`overdamped(banana(), ts)`: a process that takes programs is one like any other once it has them. Without times,
    `flow(base())`, it is a program that objectives and `generate` take."""
    if TIMES not in (name for name, _ in given) and len(given) <= len(program.parameters):
        return applied_template(session, program, given, span)
    if not is_template(program):
        return model.applied(session, program, given, span)
    template = ProcessTemplate(program, session.environment.file)
    arguments = arguments_of(template.timed, given, span)
    with located(span):
        made = template(**arguments)
        assert isinstance(made, Bound)
        return Given(made)


PROGRAM = ProgramKind("process", model.named, applied)
