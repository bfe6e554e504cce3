"""Processes as values: the model of a path, whose last argument is its times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.api.processes import ProcessTemplate
from pushforward.dsl.infer.templates import is_template
from pushforward.evaluator.faults import located
from pushforward.evaluator.objectives import arguments_of
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
    """`overdamped(banana(), ts)`: a process that takes programs is one like any other once it has them."""
    if not is_template(program):
        return model.applied(session, program, given, span)
    template = ProcessTemplate(program, session.environment.file)
    arguments = arguments_of(template.timed, given, span)
    with located(span):
        return Given(template(**arguments))


PROGRAM = ProgramKind("process", model.named, applied)
