"""What commands are given: an expression of the session, or the name of a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.parse import parse_expression
from pushforward.dsl.typed import TypedProgram
from pushforward.repl.registry import Misused

if TYPE_CHECKING:
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
