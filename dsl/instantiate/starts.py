"""A program as the law of a vector: the start of a process that begins as a program draws."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Label, ProgramError
from pushforward.dsl.errors.processes import StartsAsProgram
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.instantiate import programs
from pushforward.dsl.instantiate.names import number
from pushforward.dsl.instantiate.values import Instance
from pushforward.dsl.types import Array, Dim

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander


def start(ex: Expander, node: tree.Site) -> None:
    """Write the sites of a program on the parts of a value: its only variable is the value, several of them are one
    after another in a vector. Raises PF627."""
    assert isinstance(node.distribution, tree.Call)
    written = node.distribution.arguments[0].value
    held = programs.program(ex, written)
    target = ex.part(node.target)
    assert isinstance(target, tree.Name | tree.Subscript)

    def wrong(label: str, at: tree.Node, *notes: str) -> ProgramError:
        also = (Label(at.span, label),) if at is not written and at.span.end else ()
        where = label if not also else "this begins the process"
        return ProgramError(StartsAsProgram.diagnostic(written.span, where, secondary=also, notes=notes))

    if isinstance(held, Instance) and held.drawn is not None:
        raise wrong("this follows from a start: take the path, `xs ~ p at [0, t]`, and its end", written)
    if not isinstance(held, Instance) or (held.typed is None and held.shapes is None):
        raise wrong("this takes programs, or its density is an estimate", written)
    if held.observed:
        raise wrong(f"{', '.join(held.observed)} is given", written)
    if any(isinstance(n, tree.Factor | tree.Param) for n in nodes_of(held.node.body)):
        raise wrong("this has a factor or parameters, and is no law that can be drawn from", held.node)
    found = programs.latents(held)
    for text, type_ in found:
        if type_.constraint.kind != "none" or type_.element != "real":
            label = f"{text} is {type_}" if type_.element != "real" else f"{text} is not on the whole line"
            raise wrong(label, held.node, "the states of a process are real numbers, without constraints")
    if not found:
        raise wrong("it draws nothing", held.node)
    inside = replace(
        ex, scope=dict(held.meaning), label=held.label or held.node.name, own=(), kept=None,
        variables=frozenset(), values=None, method=None,
    )  # fmt: skip
    inside.scope |= parts(found, target, node)
    for statement in held.node.body.statements:
        if isinstance(statement, tree.Declare) and statement.name in inside.scope:
            continue
        if isinstance(statement, tree.Site):
            statement = replace(statement, type=None)
        inside.statement(statement)


def parts(
    found: tuple[tuple[str, Array], ...], target: tree.Name | tree.Subscript, node: tree.Node
) -> dict[str, tree.Expr]:
    """Where the value of each variable is."""
    if len(found) == 1:
        return {found[0][0]: target}
    result: dict[str, tree.Expr] = {}
    offset = Dim(())
    front = target.subscripts if isinstance(target, tree.Subscript) else ()
    base = target.value if isinstance(target, tree.Subscript) else target
    for text, type_ in found:
        first = tree.Size(offset, span=node.span) if offset.value is None else number(offset.value, node)
        if not type_.rank:
            result[text] = tree.Subscript(base, (*front, first), span=node.span)
            offset = offset + Dim.const(1)
            continue
        length = type_.dims[0]
        for other in type_.dims[1:]:
            length = length * other
        if type_.rank > 1:
            raise ProgramError(
                StartsAsProgram.diagnostic(node.span, f"{text} is {type_}, beside other variables", notes=())
            )
        last = tree.Size(offset + length, span=node.span)
        result[text] = tree.Subscript(base, (*front, tree.Slice(first, last, span=node.span)), span=node.span)
        offset = offset + length
    return result
