"""Programs that are typed only where they are used: their names are still resolved, so that a typing mistake is found.

What is called, and what stands in the clauses `by` and `@`, belongs to a library still to come and is not judged.
"""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.errors.names import UnknownName
from pushforward.dsl.infer.declarations import Declarations
from pushforward.dsl.infer.names import CONSTANTS, nearest
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import head, names_of, nodes_of, targets


def resolve_names(known: Declarations, node: tree.Program, report: Report) -> None:
    """Report the names in a program that nothing binds, whatever it means."""
    scope = {p.name for p in node.parameters} | targets(node.body) | set(CONSTANTS)
    for parameter in node.parameters:
        if parameter.type is not None:
            scope |= names_of(parameter.type)
    if node.kind == "process":
        scope |= {"t", "x"}
    _resolve(known, node.body, scope, report)


def _resolve(known: Declarations, node: object, scope: set[str], report: Report) -> None:
    """Report the unknown names in value position; what an inner form binds is taken to be bound in all of it."""
    bound = scope | {name for inner in nodes_of(node) for name in _bound_by(inner)}
    judged: list[tree.Name] = []
    _judge(node, judged)
    for name in judged:
        known_elsewhere = known.program(name.id) is not None or known.is_law(name.id) or known.is_function(name.id)
        if name.id not in bound and not known_elsewhere:
            near = nearest(name.id, sorted(bound))
            helps = (f"did you mean `{near}`?",) if near else ()
            report.error(UnknownName, name.span, "nothing binds this name", helps=helps, name=name.id)


def _bound_by(node: tree.Node) -> tuple[str, ...]:
    match node:
        case tree.Let(name=name) | tree.Parameter(name=name) | tree.Binder(name=name) | tree.Param(name=name):
            return (name, *(names_of(node.type) if node.type is not None else ()))
        case tree.For(index=name) | tree.Clause(index=name):
            return (name,)
        case tree.Site(target=target, type=type_):
            return (head(target), *(names_of(type_) if type_ is not None else ()))
        case tree.Declare(name=name, type=type_):
            return (name, *names_of(type_))
        case _:
            return ()


def _judge(node: object, found: list[tree.Name]) -> None:
    match node:
        case tuple():
            for item in node:
                _judge(item, found)
        case tree.Method() | tree.TypeExpr():
            pass
        case tree.Call(function=function, arguments=arguments):
            if not isinstance(function, tree.Name):
                _judge(function, found)
            # `keep=[x]` names choices of a program, which are no names here
            _judge(tuple(a.value for a in arguments if a.name != "keep"), found)
        case tree.Name():
            found.append(node)
        case tree.Field(name=name, value=None):
            found.append(tree.Name(name, span=node.span))
        case tree.Node():
            for attribute in vars(node):
                if attribute != "span":
                    _judge(getattr(node, attribute), found)
        case _:
            pass
