"""`:type EXPR`: the type of an expression; one of numbers is not computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.repl.expressions import read
from pushforward.repl.registry import Command

if TYPE_CHECKING:
    from pushforward.repl.loop import Repl


def run(repl: Repl, text: str) -> None:
    """Write the type: of a value, of a function its forms, of a model its head."""
    from pushforward.dsl.infer.calls import form
    from pushforward.dsl.infer.report import Report
    from pushforward.dsl.show_typed import show_type
    from pushforward.dsl.typed import Return
    from pushforward.evaluator.expressions import evaluate, is_builtin
    from pushforward.evaluator.numeric import infer_type
    from pushforward.evaluator.registry import builtins
    from pushforward.evaluator.values import ProgramValue, type_of

    node = read(repl, text, ":type EXPR")
    session = repl.session
    known = session.environment.known
    match node:
        case tree.Name(id=name) if session.environment.lookup(name) is None and is_builtin(session, name):
            repl.host.write(builtins()[name].form)
        case tree.Name(id=name) if session.environment.lookup(name) is None and known.is_function(name):
            entries = known.functions(name, Report(), node.span)
            lines = (f"{form(e.signature)} -> {show_type(e.signature.result)}" for e in entries)
            repl.host.write("\n".join(lines))
        case (
            tree.Name() | tree.Attribute() | tree.String() | tree.RecordExpr() | tree.Run() | tree.Hole()
            | tree.Binary(op="|")
        ):  # fmt: skip
            value = evaluate(session, node)
            repl.host.write(value.text() if isinstance(value, ProgramValue) else type_of(value))
        case tree.Call(function=tree.Name(id=name)) if name in session.environment.programs or is_builtin(
            session, name
        ):
            repl.host.write(type_of(evaluate(session, node)))
        case _:
            last = infer_type(session, node).body[-1]
            assert isinstance(last, Return)
            repl.host.write(show_type(last.fields[0][1].type))


COMMAND = Command("type", "EXPR", "the type of an expression, of a function or of a model", run)
