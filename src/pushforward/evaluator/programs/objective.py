"""Objectives as values: by name, and with their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.evaluator.objectives import ObjectiveValue, bound_objective
from pushforward.evaluator.registry import Argument, ProgramKind
from pushforward.evaluator.values import Value

if TYPE_CHECKING:
    from pushforward.dsl import tree
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session


def named(session: Session, program: tree.Program) -> Value:
    """The objective by its name alone."""
    from pushforward.api.objective import Objective

    return ObjectiveValue(Objective(program, session.environment.file))


def applied(
    session: Session, program: tree.Program, given: tuple[tuple[str | None, Argument], ...], span: Span
) -> Value:
    """`elbo(p, q)`: programs, numbers and arrays, in order or by name."""
    return bound_objective(session, program, given, span)


PROGRAM = ProgramKind("objective", named, applied)
