"""What commands are given: an expression of the session, or the name of a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.parse import parse_expression
from pushforward.dsl.source import Source
from pushforward.dsl.typed import TypedProgram
from pushforward.repl.registry import Misused

if TYPE_CHECKING:
    from pushforward.api.objective import BoundObjective
    from pushforward.repl.loop import Repl


def read(repl: Repl, text: str, form: str) -> tree.Expr:
    """The expression. Raises `Misused` when there is none, `ProgramError`."""
    if not text:
        raise Misused(f"write {form}")
    return parse_expression(repl.source(text))


def program_of(repl: Repl, text: str, form: str) -> TypedProgram:
    """The program that is named, or the one that an expression of numbers becomes. Raises as `read` does."""
    from pushforward.evaluator.numeric import infer_type

    programs = repl.session.environment.programs
    if text in programs:
        return repl.session.model(programs[text]).program
    return infer_type(repl.session, read(repl, text, form))


def objective_of(repl: Repl, text: str) -> BoundObjective | None:
    """The objective with its arguments that an expression is, or that a fit was made of; None where it is something
    else. Nothing is run for it but what a call of an objective needs. Raises `ProgramError`."""
    from pushforward.evaluator.expressions import evaluate, is_program
    from pushforward.evaluator.objectives import BoundValue, FitValue

    session = repl.session
    if text in session.environment.programs or not text:
        return None
    node = parse_expression(Source(f"input {repl.count + 1}", text))  # whoever takes it otherwise counts it
    match node:
        case tree.Name(id=name):
            value = session.environment.lookup(name)
        case tree.Call(function=tree.Name(id=name)) if is_program(session, name) and _is_objective(repl, name):
            value = evaluate(session, node)
        case _:
            return None
    match value:
        case BoundValue(bound=bound):
            return bound
        case FitValue(fit=fit):
            return fit.objective
        case _:
            return None


def split_stage(text: str) -> tuple[str, str]:
    """`elbo(p, q) gradient` as an expression and the word after it, if one is there after a name or a bracket."""
    before, _, last = text.rpartition(" ")
    ends = before.rstrip().endswith(")") or before.strip().isidentifier()
    return (before.strip(), last) if last.isidentifier() and ends else (text, "")


def _is_objective(repl: Repl, name: str) -> bool:
    program = repl.session.environment.program(name)
    return program is not None and program.kind == "objective"
