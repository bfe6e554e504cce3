"""Models as values: by name, and with their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.api.programs import Template
from pushforward.dsl.infer.templates import is_template
from pushforward.evaluator.binding import placed, plain
from pushforward.evaluator.objectives import TemplateValue, applied_template
from pushforward.evaluator.registry import Argument, ProgramKind
from pushforward.evaluator.values import Given, ProgramValue, Value

if TYPE_CHECKING:
    from pushforward.dsl import tree
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session


def named(session: Session, program: tree.Program) -> Value:
    """The model by its name alone."""
    if is_template(program, session.environment.programs):
        return TemplateValue(Template(program, session.environment.file))
    return ProgramValue(session.model(program))


def applied(
    session: Session, program: tree.Program, given: tuple[tuple[str | None, Argument], ...], span: Span
) -> Value:
    """`m(x, J=8)`: arguments in order or by name; names of dimensions may be given too, by name."""
    if is_template(program, session.environment.programs):
        return applied_template(session, program, given, span)
    model = session.model(program)
    parameters = [p.name for p in model.program.parameters]
    dims = [d for d in model.program.dims if d not in parameters]
    positional = [g for g in given if g[0] not in dims]
    found = placed(program.name, parameters, len(parameters), positional, span)
    found = {**found, **{name: argument for name, argument in given if name in dims}}
    return Given(model(**{name: plain(argument, f"`{name}`") for name, argument in found.items()}))


PROGRAM = ProgramKind("model", named, applied)
