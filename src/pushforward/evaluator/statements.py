"""Each form of statement of a script. What has no place in one was refused by the checker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import NoPlace, NotOfThatKind
from pushforward.evaluator.expressions import evaluate, run_verb
from pushforward.evaluator.foreseen import Foreseen
from pushforward.evaluator.numeric import compute, declared
from pushforward.evaluator.values import kind_of
from pushforward.runtime.unknown import Unforeseen

if TYPE_CHECKING:
    from pushforward.evaluator.session import Session


def execute(session: Session, node: tree.Statement) -> None:
    """Run one statement. Raises `ProgramError`."""
    environment, host = session.environment, session.host
    match node:
        case tree.Let(name=name, type=written, value=value) if value is not None:
            found = evaluate(session, value) if written is None else declared(session, name, written, value)
            environment.define(name, found)
        case tree.Print(values=values):
            host.printed(tuple(evaluate(session, v) for v in values))
        case tree.ExprStatement(value=value):
            found_or_none = evaluate(session, value, effects=True)
            if found_or_none is not None:
                host.shown(found_or_none)
        case tree.Optimise(sense=sense, value=value, method=method):
            host.shown(run_verb(session, tree.Run(sense, value, span=node.span), method))
        case tree.For():
            _loop(session, node)
        case tree.If():
            _branch(session, node)
        case _:
            raise ProgramError(NoPlace.diagnostic(node.span, "not inside a program", what="this"))


def _loop(session: Session, node: tree.For) -> None:
    """`for i in a..b { ... }`: the bounds are numbers by now."""
    if not isinstance(node.iterable, tree.Range):
        raise wanted(node.iterable, "`for`", "a range `a..b`", "something else")
    ends = []
    for end in (node.iterable.lower, node.iterable.upper):
        value = evaluate(session, end)
        if isinstance(value, Foreseen):
            raise Unforeseen(value.because)
        if not isinstance(value, int) or isinstance(value, bool):
            raise wanted(end, "a range", "whole numbers", kind_of(value))
        ends.append(value)
    for i in session.passes(*ends):
        with session.environment.block():
            session.environment.define(node.index, i)
            for statement in node.body.statements:
                session.statement(statement)


def _branch(session: Session, node: tree.If) -> None:
    """`if c { ... } else { ... }`."""
    for chosen in session.branches(compute(session, node.condition), node):
        if chosen is not None:
            with session.environment.block():
                for statement in chosen.statements:
                    session.statement(statement)


def wanted(node: tree.Node, who: str, wanted: str, found: str) -> ProgramError:
    """PF721 at a place."""
    return ProgramError(NotOfThatKind.diagnostic(node.span, f"this is {found}", who=who, wanted=wanted, found=found))
